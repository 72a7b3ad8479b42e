export function wilson(k: number, n: number): { low: number; high: number } {
  const z = 1.959963984540054, p = k / n, d = 1 + z * z / n, m = (p + z * z / 2 / n) / d, h = z * Math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / d;
  return { low: m - h, high: m + h };
}
