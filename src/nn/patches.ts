/**
 * @file The patches of an image that a convolution looks at, as columns of a matrix (PyTorch: unfold and fold).
 *
 *   gather      P[(ch,u,v), (i,j)] = x[ch, stride·i + u − padding, stride·j + v − padding],  0 outside the image
 *   scatterAdd  x[ch, …] += P[(ch,u,v), (i,j)] at the same places: the adjoint, ⟨gather x, P⟩ = ⟨x, scatterAdd P⟩
 *
 * Both are linear, so R passes through them: R{gather x} = gather R{x}. All stride and padding logic is in one table,
 * filled once. x [channels, height, width]; P [channels·kernel², rows·columns].
 */
export class Patches {
  /** Output rows and columns: ⌊(side + 2·padding − kernel) / stride⌋ + 1. */
  readonly rows: number;
  readonly columns: number;
  /** [channels·kernel², rows·columns] */
  readonly shape: readonly [number, number];
  /** For each entry of P its place in x, −1 in the padding. */
  readonly #source: Int32Array;

  /** @throws {RangeError} where a size is not a positive integer, or the kernel is larger than the padded image. */
  constructor([channels, height, width]: readonly number[], kernel: number, stride: number, padding: number) {
    for (const [name, value, least] of [
      ['channels', channels, 1], ['height', height, 1], ['width', width, 1],
      ['kernel', kernel, 1], ['stride', stride, 1], ['padding', padding, 0],
    ] as const) {
      if (!Number.isInteger(value) || value < least) {
        throw new RangeError(`Conv2d ${name}: expected an integer from ${least}, got ${value}`);
      }
    }
    this.rows = Math.floor((height + 2 * padding - kernel) / stride) + 1;
    this.columns = Math.floor((width + 2 * padding - kernel) / stride) + 1;
    if (this.rows < 1 || this.columns < 1) {
      const least = `at least ${kernel} pixels a side with its padding of ${padding}`;
      throw new RangeError(`Conv2d: expected an image of ${least}, got ${height}×${width}`);
    }
    this.shape = [channels * kernel * kernel, this.rows * this.columns];
    this.#source = new Int32Array(this.shape[0] * this.shape[1]);
    let at = 0;
    for (let ch = 0; ch < channels; ch++)
      for (let u = 0; u < kernel; u++)
        for (let v = 0; v < kernel; v++)
          for (let i = 0; i < this.rows; i++)
            for (let j = 0; j < this.columns; j++) {
              const row = stride * i + u - padding, column = stride * j + v - padding;
              const inside = row >= 0 && row < height && column >= 0 && column < width;
              this.#source[at++] = inside ? (ch * height + row) * width + column : -1;
            }
  }

  /** P ← patches of x */
  gather(x: Float64Array, P: Float64Array): void {
    const source = this.#source;
    for (let n = 0; n < P.length; n++) {
      const at = source[n];
      P[n] = at < 0 ? 0 : x[at];
    }
  }

  /** x ← x + every patch at its place */
  scatterAdd(P: Float64Array, x: Float64Array): void {
    const source = this.#source;
    for (let n = 0; n < P.length; n++) {
      const at = source[n];
      if (at >= 0) x[at] += P[n];
    }
  }
}
