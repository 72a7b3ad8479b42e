/**
 * @file The line along which a function of two variables has one value, as points of a plane (plane.ts).
 *
 * The rectangle is cut into cells, each cell into two triangles; in a triangle f is taken to be linear between the
 * corners, so that the line crosses it straight, or not at all.
 */
import type { Point } from './plane.ts';

/** The line where f is `level`, for x from low[0] to high[0] and y from low[1] to high[1]; NaN between its pieces. */
export function contour(
  f: (x: number, y: number) => number, level: number, low: Point, high: Point, cells = 80,
): Point[] {
  const at = (i: number, j: number): readonly [number, number, number] => {
    const x = low[0] + ((high[0] - low[0]) * i) / cells, y = low[1] + ((high[1] - low[1]) * j) / cells;
    return [x, y, f(x, y) - level];
  };
  const pieces: Point[] = [];
  for (let i = 0; i < cells; i++)
    for (let j = 0; j < cells; j++) {
      const [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
      for (const corners of [[a, b, c], [a, c, d]]) {
        const crossed = corners.flatMap((p, k): Point[] => {
          const q = corners[(k + 1) % 3], t = p[2] / (p[2] - q[2]);
          return p[2] < 0 !== q[2] < 0 ? [[p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]] : [];
        });
        if (crossed.length === 2) pieces.push(...crossed, [NaN, NaN]);
      }
    }
  return pieces;
}
