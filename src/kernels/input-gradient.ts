/**
 * @file ∂X = Wᵀ ∂Y of a convolution, gathered pixel by pixel instead of scattered patch by patch.
 *
 * Pixel (a, b) of x̄ is in patch (i, j), at the kernel's place (u, v), where a = stride·i + u and b = stride·j + v. So
 *
 *   ∂ℓ/∂x̄[ch, a, b] = Σ_o Σ_u Σ_v W[o, ch, u, v] ∂ℓ/∂y[o, (a − u)/stride, (b − v)/stride]
 *
 * over the u ≡ a and v ≡ b (mod stride). Pixels with the same remainders α, β meet the same part of the kernel:
 *
 *   a = α + stride·A, u = α + stride·e, a's row of y is A − e;    b = β + stride·B, v = β + stride·f, B − f
 *
 * (Kernel 5, stride 2: the pixels with α = 0 meet the kernel's rows 0, 2 and 4, those with α = 1 its rows 1 and 3; pixel
 * a = 6 meets them with rows 3, 2 and 1 of y.) So each of the stride² pairs of remainders is one product at places:
 *
 *   W as [channels, (o,e,f)]   by   ∂ȳ, which is ∂ℓ/∂y with a border of zeros, as [(o,e,f), (A,B)]   into pixels of x̄
 *
 * those of its border left out. Its sums have about out·kernel²/stride² terms; patch by patch they have `out`, and each
 * is then added to a pixel: the same multiply-adds, more loads and stores. But a product goes by six rows, here
 * channels: the paper's x has 1 or 3, and patch by patch is faster.
 */
import { rowMajor, strided, transpose, type Factors, type Places } from '../tensor/matmul.ts';
import { Border } from './border.ts';
import type { Patches } from './patches.ts';

export class InputGradient {
  /** Makes ∂ȳ of ∂ℓ/∂y. */
  readonly border: Border;
  /** Where ∂Y [out, rows·columns] lies in ∂ȳ. */
  readonly places: Places;
  /** The products, W by ∂ȳ into ∂x̄. */
  readonly products: readonly Factors[];

  /** For the convolution of these patches with W [out, channels, kernel, kernel]; by patches or by pixels. */
  constructor(patches: Patches, out: number, byPatches = patches.geometry.inShape[0] < 6) {
    const { rows, columns } = patches, { inShape, kernel, stride, padding } = patches.geometry;
    const [channels, height, width] = inShape;
    // A − e is least for x's first pixel at the kernel's last place, and greatest for its last pixel at the first place.
    const highest = (side: number): number => Math.floor((padding + side - 1) / stride);
    const before = Math.max(0, Math.floor((kernel - 1 - padding) / stride));
    const after = Math.max(0, highest(height) + 1 - rows, highest(width) + 1 - columns);
    this.border = new Border([out, rows, columns], before, after);
    const [, side, line] = this.border.shape, [, inSide, inLine] = patches.border.shape, from = before * line + before;
    this.places = { rows: strided([out], [side * line]), columns: strided([rows, columns], [line, 1], from) };
    const W = rowMajor(out, channels * kernel * kernel);
    if (byPatches) {
      this.products = [[transpose(W), this.places, patches.places]];
      return;
    }
    // Along one side, for one remainder: the A of the first pixel that is not border, how many there are, how many e.
    const along = (size: number, remainder: number) => {
      const first = Math.ceil((padding - remainder) / stride);
      const pixels = Math.floor((padding + size - 1 - remainder) / stride) + 1 - first;
      return { first, pixels, terms: Math.ceil((kernel - remainder) / stride) };
    };
    this.products = remainders(stride).flatMap(([alpha, beta]) => {
      const a = along(height, alpha), b = along(width, beta), sizes = [out, a.terms, b.terms];
      if (a.pixels < 1 || b.pixels < 1 || a.terms < 1 || b.terms < 1) return []; // no pixel, or one in no patch
      // Places of the pixel (A, B) = first and, in ∂ȳ, of what it meets at e = f = 0; e and f go backwards from there.
      const firstTerm = (before + a.first) * line + before + b.first;
      const firstPixel = (alpha + stride * a.first) * inLine + beta + stride * b.first;
      return [[
        {
          rows: strided([channels], [kernel * kernel]),
          columns: strided(sizes, [channels * kernel * kernel, stride * kernel, stride], alpha * kernel + beta),
        },
        {
          rows: strided(sizes, [side * line, -line, -1], firstTerm),
          columns: strided([a.pixels, b.pixels], [line, 1]),
        },
        {
          rows: strided([channels], [inSide * inLine]),
          columns: strided([a.pixels, b.pixels], [stride * inLine, stride], firstPixel),
        },
      ]] as const;
    });
  }
}

/** The pairs of remainders by stride. */
function remainders(stride: number): [number, number][] {
  return Array.from({ length: stride * stride }, (_, n) => [Math.floor(n / stride), n % stride]);
}
