/**
 * @file Which reconstruction belongs to which image: the permutation π with the least Σᵢ C[i, π(i)], by the Hungarian
 * method.
 *
 * Rows are added one at a time. With potentials u and v such that all reduced costs C[i, j] − uᵢ − vⱼ are ≥ 0, and 0
 * on the assignment, Dijkstra's algorithm finds the shortest augmenting path: the cheapest way to give the new row a
 * column by moving other rows to other columns. O(n³).
 *
 * Sources: H. W. Kuhn, "The Hungarian Method for the Assignment Problem", Naval Research Logistics 2 (1955);
 * R. Jonker and A. Volgenant, "A Shortest Augmenting Path Algorithm", Computing 38 (1987).
 */
import { expectFinite } from '../../tensor/tensor.ts';

/**
 * @param n the number of rows, and of columns.
 * @param cost C [n, n] in row-major order.
 * @returns π: the column of each row.
 * @throws {RangeError} if the matrix is not n × n, or a cost is not finite.
 */
export function cheapestAssignment(n: number, cost: Float64Array): number[] {
  if (cost.length !== n * n) throw new RangeError(`cost: expected ${n}×${n} numbers, got ${cost.length}`);
  expectFinite('cost', cost);
  const u = new Float64Array(n), v = new Float64Array(n);
  const rowOf = Array<number>(n).fill(-1), columnOf = Array<number>(n).fill(-1);
  for (let row = 0; row < n; row++) {
    // For each column: the length of the shortest path to it, the row that this comes from, and whether both are final.
    const length = new Float64Array(n).fill(Infinity), from = Array<number>(n).fill(row);
    const isSettled = Array<boolean>(n).fill(false);
    let i = row, end = -1, shortest = 0;
    while (end < 0) {
      let next = -1;
      for (let j = 0; j < n; j++) {
        if (isSettled[j]) continue;
        const through = shortest + cost[i * n + j] - u[i] - v[j];
        if (through < length[j]) {
          length[j] = through;
          from[j] = i;
        }
        if (next < 0 || length[j] < length[next]) next = j;
      }
      shortest = length[next];
      isSettled[next] = true;
      if (rowOf[next] < 0) end = next;
      else i = rowOf[next];
    }
    u[row] += shortest;
    for (let j = 0; j < n; j++) {
      if (!isSettled[j] || j === end) continue;
      u[rowOf[j]] += shortest - length[j];
      v[j] -= shortest - length[j];
    }
    for (let j = end; ; ) {
      const k = from[j], before = columnOf[k];
      rowOf[j] = k;
      columnOf[k] = j;
      if (k === row) break;
      j = before;
    }
  }
  return columnOf;
}
