/**
 * @file Where the entries of a matrix lie in an array; skip on first reading.
 *
 *   entry (i, j) is the number at rows[i] + columns[j]
 *
 *   row-major [m, n]   rows[i] = i·n,  columns[j] = j
 *   transpose          rows and columns change places
 *   patches            a pixel is an entry once for every patch that it is in (patches.ts)
 *
 * The idea: a product that reads its factors at such places needs no copy of them in another order. One loop
 * (product.ts) multiplies matrices, their transposes, and all images of a batch by a kernel.
 */

/** The places of a matrix: entry (i, j) lies at rows[i] + columns[j]. */
export interface Places {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/**
 * The places start + steps[0]·i + steps[1]·j + … of the indices (i, j, …) below `sizes`, the last index counting
 * fastest.
 */
export function strided(sizes: readonly number[], steps: readonly number[], start = 0): Int32Array {
  const places = new Int32Array(sizes.reduce((product, size) => product * size, 1));
  places[0] = start;
  let count = 1; // places so far: of the last index alone, then of the last two, …
  for (let d = sizes.length - 1; d >= 0; d--) {
    for (let n = count; n < count * sizes[d]; n++) places[n] = places[n - count] + steps[d];
    count *= sizes[d];
  }
  return places;
}

/** The places of a matrix [m, n] written row by row. */
export function rowMajor(m: number, n: number): Places {
  return { rows: strided([m], [n]), columns: strided([n], [1]) };
}

/** The places of the transpose. */
export function transpose({ rows, columns }: Places): Places {
  return { rows: columns, columns: rows };
}

/** How long an array must be to hold every entry. */
export function extentOf({ rows, columns }: Places): number {
  const last = (places: Int32Array): number => places.reduce((most, place) => Math.max(most, place), 0);
  return rows.length * columns.length === 0 ? 0 : last(rows) + last(columns) + 1;
}
