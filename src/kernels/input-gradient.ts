/**
 * @file ∂X = Wᵀ ∂Y of a convolution; skip on first reading.
 *
 * The idea: each pixel's gradient is gathered in one sum, instead of being added up patch by patch. Pixel (a, b) of x̄ is
 * in patch (i, j), at the kernel's place (u, v), where a = stride·i + u and b = stride·j + v. So
 *
 *   ∂x̄[n, c, a, b] = Σ_o Σ_u Σ_v W[o, c, u, v] ∂y[n, o, (a − u)/stride, (b − v)/stride]
 *
 * over the u ≡ a and v ≡ b (mod stride). Pixels with the same remainders α, β meet the same part of the kernel:
 *
 *   a = α + stride·A, u = α + stride·e, a's row of y is A − e;    b = β + stride·B, v = β + stride·f, B − f
 *
 * (Kernel 5, stride 2: the pixels with α = 0 meet the kernel's rows 0, 2 and 4, those with α = 1 its rows 1 and 3; pixel
 * a = 6 meets them with rows 3, 2 and 1 of y.) So each of the stride² pairs of remainders is one product at places:
 *
 *   W as [channels, (o,e,f)]   by   ∂ȳ, which is ∂y with a border of zeros, as [(o,e,f), (n,A,B)]   into pixels of x̄
 *
 * but for those of its border. Its sums have about out·kernel²/stride² terms. Patch by patch they have `out`, and each
 * is then added to a pixel: the same multiply-adds, with more loads and stores. But a product goes by six rows, here
 * channels: the paper's x has 1 or 3, and patch by patch is faster there.
 */
import { Border } from './border.ts';
import type { Patches } from './patches.ts';
import { rowMajor, strided, transpose, type Places } from './places.ts';
import type { ProductPlaces } from './product.ts';

export class InputGradient {
  /** Makes ∂ȳ of ∂y. */
  readonly border: Border;
  /** Where ∂Y [out, batch·rows·columns] lies in ∂ȳ. */
  readonly places: Places;
  /** The products of W and ∂ȳ that add up to ∂x̄. */
  readonly products: readonly ProductPlaces[];

  /**
   * For the convolution of these patches with W [out, channels, kernel, kernel].
   * @param byPatches whether patch by patch; default: if there are fewer than six channels.
   */
  constructor(patches: Patches, out: number, byPatches = patches.geometry.inShape[1] < 6) {
    const { rows, columns } = patches, { inShape, kernel, stride, padding } = patches.geometry;
    const [batch, channels, height, width] = inShape;
    // A − e is least for the first pixel of x at the last place of the kernel, greatest for the last pixel at the first.
    const highest = (side: number): number => Math.floor((padding + side - 1) / stride);
    const before = Math.max(0, Math.floor((kernel - 1 - padding) / stride));
    const after = Math.max(0, highest(height) + 1 - rows, highest(width) + 1 - columns);
    this.border = new Border([batch, out, rows, columns], before, after);
    const [, , side, line] = this.border.shape, image = out * side * line;
    const [, , inSide, inLine] = patches.border.shape, inImage = channels * inSide * inLine;
    this.places = {
      rows: strided([out], [side * line]),
      columns: strided([batch, rows, columns], [image, line, 1], before * line + before),
    };
    if (byPatches) {
      this.products = [{ A: transpose(rowMajor(out, channels * kernel * kernel)), B: this.places, C: patches.places }];
      return;
    }
    // Along one side, for one remainder: the A of the first pixel of x, how many pixels there are, how many e.
    const along = (size: number, remainder: number) => {
      const first = Math.ceil((padding - remainder) / stride);
      const pixels = Math.floor((padding + size - 1 - remainder) / stride) + 1 - first;
      return { first, pixels, terms: Math.ceil((kernel - remainder) / stride) };
    };
    this.products = remainders(stride).flatMap(([alpha, beta]) => {
      const a = along(height, alpha), b = along(width, beta), terms = [out, a.terms, b.terms];
      if (a.pixels < 1 || b.pixels < 1 || a.terms < 1 || b.terms < 1) return []; // no pixel, or one in no patch
      // Places of the pixel (A, B) = first and, in ∂ȳ, of what it meets at e = f = 0; e and f go backwards from there.
      const firstTerm = (before + a.first) * line + before + b.first;
      const firstPixel = (alpha + stride * a.first) * inLine + beta + stride * b.first;
      return [{
        A: {
          rows: strided([channels], [kernel * kernel]),
          columns: strided(terms, [channels * kernel * kernel, stride * kernel, stride], alpha * kernel + beta),
        },
        B: {
          rows: strided(terms, [side * line, -line, -1], firstTerm),
          columns: strided([batch, a.pixels, b.pixels], [image, line, 1]),
        },
        C: {
          rows: strided([channels], [inSide * inLine]),
          columns: strided([batch, a.pixels, b.pixels], [inImage, stride * inLine, stride], firstPixel),
        },
      }];
    });
  }
}

/** The pairs of remainders by stride. */
function remainders(stride: number): [number, number][] {
  return Array.from({ length: stride * stride }, (_, n) => [Math.floor(n / stride), n % stride]);
}
