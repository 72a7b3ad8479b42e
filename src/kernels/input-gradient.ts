/**
 * @file ∂X = Wᵀ ∂Y of a convolution; skip on first reading.
 *
 * The idea: each pixel's gradient is gathered in one sum, instead of being added up patch by patch. Pixel (a, b) of x̄
 * is in patch (i, j), at the kernel's place (u, v), where a = stride·i + u and b = stride·j + v. So
 *
 *   ∂x̄[n, c, a, b] = Σ_o Σ_u Σ_v W[o, c, u, v] ∂y[n, o, (a − u)/stride, (b − v)/stride]
 *
 * over the u ≡ a and v ≡ b (mod stride). Pixels with the same remainders α, β meet the same part of the kernel:
 *
 *   a = α + stride·A, u = α + stride·e, a's row of y is A − e;    b = β + stride·B, v = β + stride·f, B − f
 *
 * (Kernel 5, stride 2: the pixels with α = 0 meet the kernel's rows 0, 2 and 4, those with α = 1 its rows 1 and 3;
 * pixel a = 6 meets them with rows 3, 2 and 1 of y.) So each of the stride² pairs of remainders is one product at
 * places:
 *
 *   W as [channels, (o,e,f)]   by   ∂ȳ, which is ∂y with a border of zeros, as [(o,e,f), (n,A,B)]   into pixels of x̄
 *
 * except those of its border, divided at the edges of y (bands.ts). Its sums have about out·kernel²/stride² terms.
 * Patch by patch they have `out`, and each is then added to a pixel: the same multiply-adds, with more loads and
 * stores. But a product takes six rows at once, here channels: the paper's x has 1 or 3, for which patch by patch is
 * faster.
 */
import { divide, type Side } from './bands.ts';
import { Border } from './border.ts';
import type { Patches } from './patches.ts';
import { strided, transpose } from './places.ts';
import type { ProductPlaces } from './product.ts';

export class InputGradient {
  /** Makes ∂ȳ of ∂y. */
  readonly border: Border;
  /** The products of W and ∂ȳ that add up to ∂x̄. */
  readonly products: readonly ProductPlaces[];

  /**
   * For the convolution of these patches with W [out, channels, kernel, kernel].
   * @param byPatches whether patch by patch; default: if there are fewer than six channels.
   */
  constructor(patches: Patches, out: number, byPatches = patches.geometry.inShape[1] < 6) {
    const { rows, columns } = patches, { inShape, kernel, stride, padding } = patches.geometry;
    const [batch, channels, height, width] = inShape;
    // A − e is least for x's first pixel at the last place of the kernel, and greatest for its last at the first.
    const highest = (side: number): number => Math.floor((padding + side - 1) / stride);
    const before = Math.max(0, Math.floor((kernel - 1 - padding) / stride));
    const after = Math.max(0, highest(height) + 1 - rows, highest(width) + 1 - columns);
    this.border = new Border([batch, out, rows, columns], before, after);
    if (byPatches) {
      const A = transpose(patches.weightPlaces(out)), B = patches.outputPlaces(this.border), C = patches.places();
      this.products = [{ A, B, C }];
      return;
    }
    const { start, image, channel, line } = this.border, inBorder = patches.border;
    // Along a side of `size` pixels and `count` windows, for one remainder: the first A whose pixel is not border, and
    // the sums over e of the A from there on.
    const along = (size: number, count: number, remainder: number): Side & { readonly first: number } => {
      const first = Math.ceil((padding - remainder) / stride);
      const pixels = Math.floor((padding + size - 1 - remainder) / stride) + 1 - first;
      const terms = Math.max(0, Math.ceil((kernel - remainder) / stride));
      const isInside = (A: number, e: number): boolean => first + A - e >= 0 && first + A - e < count;
      return { first, sums: Math.max(0, pixels), terms, isInside };
    };
    this.products = remainders(stride).flatMap(([alpha, beta]) => {
      const vertical = along(height, rows, alpha), horizontal = along(width, columns, beta);
      return divide(vertical, horizontal, batch, (v, h) => {
        const terms = [out, v.terms, h.terms], A = vertical.first + v.sum, B = horizontal.first + h.sum;
        const tap = (alpha + stride * v.term) * kernel + beta + stride * h.term;
        return {
          A: {
            rows: strided([channels], [kernel * kernel]),
            columns: strided(terms, [channels * kernel * kernel, stride * kernel, stride], tap),
          },
          B: {
            rows: strided(terms, [channel, -line, -1], start + (A - v.term) * line + B - h.term),
            columns: strided([batch, v.sums, h.sums], [image, line, 1]),
          },
          C: {
            rows: strided([channels], [inBorder.channel]),
            columns: strided([batch, v.sums, h.sums], [inBorder.image, stride * inBorder.line, stride],
              (alpha + stride * A) * inBorder.line + beta + stride * B),
          },
        };
      });
    });
  }
}

/** The pairs of remainders by stride. */
function remainders(stride: number): [number, number][] {
  return Array.from({ length: stride * stride }, (_, n) => [Math.floor(n / stride), n % stride]);
}
