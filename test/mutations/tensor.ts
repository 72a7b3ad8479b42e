/** @file What is made wrong in src/tensor. */
import type { Table } from './engine.ts';

export const TENSOR: Table = {
  'src/tensor/tensor.ts': [
    ['n >= 1)', 'n >= 0)', 'a side may be 0'],
    ['Number.isInteger(n) && ', '', 'a side may be 1.5'],
    [' || sizeOf(shape) > 0x80000000', '', 'a tensor may have any size'],
    ['const end = offset + sizeOf(shape)', 'const end = sizeOf(shape)', 'a view may start too late'],
    ['offset >= 0 && ', '', 'a view may start before its data'],
    ['i * sizeOf(shape))', '0)', 'unstack: every image is the first one'],
    ['data.subarray(i * n, (i + 1) * n)', 'data.subarray(0, n)', 'rowsOf: every row is the first one'],
    ['if (shape === undefined)', 'if (false)', 'an array without a shape is no tensor, and nobody says so'],
    ['shape.length === expected.length && ', '', 'a shape may be shorter than expected'],
    [' && shape.every((n, i) => n === expected[i])', '', 'a shape is checked by its length'],
    ['isSame && data.length === sizeOf(expected)', 'isSame', 'a tensor may have other data than its shape says'],
    ['!Number.isFinite(value)', 'Number.isNaN(value)', 'infinite numbers pass'],
  ],

  'src/tensor/vector.ts': [
    ['for (; i < n; i++) s0 += a[i] * b[i];', '', 'dot: the last n mod 4 entries are left out'],
    ['s0 + s1 + (s2 + s3)', 's0 + s1 + s2', 'dot: a partial sum is left out'],
    ['y[i] += alpha * x[i]', 'y[i] = alpha * x[i]', 'axpy overwrites'],
    ['x[i] *= alpha', 'x[i] = alpha', 'scale fills'],
    ['sum + Math.abs(value)', 'sum + value', 'norm1 of signed entries'],
    ['return Math.sqrt(dot(x, x))', 'return dot(x, x)', 'norm2 is its square'],
    ['Math.max(max, Math.abs(x[i]))', 'Math.max(max, x[i])', 'normInf of signed entries'],
    ['value > x[best]', 'value >= x[best]', 'argmax: the last of equals'],
    ['value < x[best]', 'value <= x[best]', 'argmin: the last of equals'],
  ],

  'src/tensor/matmul.ts': [
    ['C[i * n + j] += A[i * k + q]', 'C[i * n + j] = A[i * k + q]', 'A B: the last term only'],
    ['A[i * k + q] * B[q * n + j]', 'A[i * k + q] * B[j * k + q]', 'A B: B is transposed'],
    ['C[i * n + j] += sum', 'C[i * n + j] = sum', 'A Bᵀ overwrites C'],
    ['B[j * k + q]', 'B[q * n + j]', 'A Bᵀ: B is not transposed'],
    ['C[i * n + j] += A[q * m + i]', 'C[i * n + j] = A[q * m + i]', 'Aᵀ B: the last term only'],
    ['A[q * m + i]', 'A[i * k + q]', 'Aᵀ B: A is not transposed'],
    ['A.length === m * k && ', '', 'A may have any length'],
    ['B.length === k * n && ', '', 'B may have any length'],
    [' && C.length === m * n', '', 'C may have any length'],
  ],

  'src/tensor/elementary.ts': [
    ['[Math.cos(x), Math.sin(x)]', '[Math.sin(x), Math.cos(x)]', 'cos and sin change places'],
    ['({ exp, log, tanh, cosSin } = functions)', '({ exp, log, tanh } = functions)', 'cosSin cannot be replaced'],
  ],

  'src/tensor/random.ts': [
    ['0x94d049bb133111ebn', '0x94d049bb133111edn', 'SplitMix64: a wrong multiplier'],
    ['return z ^ (z >> 31n)', 'return z ^ (z >> 30n)', 'SplitMix64: a wrong shift'],
    ['z + BigInt(key)', 'BigInt(key)', 'only the last key counts'],
    ['key < 0', 'key < -1', 'a seed may be −1'],
    ['rotateLeft(Math.imul(s1, 5), 7)', 'rotateLeft(Math.imul(s1, 5), 8)', 'xoshiro128**: the rotation of the output'],
    ['s[2] ^= s1 << 9', 's[2] ^= s1 << 8', 'xoshiro128**: a wrong shift'],
    ['rotateLeft(s[3], 11)', 'rotateLeft(s[3], 12)', 'xoshiro128**: the rotation of the state'],
    ['(this.bits() >>> 6)', '(this.bits() >>> 7)', 'uniform: one bit is always 0'],
    ['(high - low) * unit', 'high * unit', 'uniform: up to low + high'],
    ['-2 * log(1 - this.uniform())', '-2 * log(this.uniform())', 'normal: infinite once in 2⁵³ draws'],
    ['-2 * log', '-1 * log', 'normal: variance 1/2'],
    ['2 * Math.PI', 'Math.PI', 'normal: no sine is negative'],
    ['= radius * sin', '= radius * cos', 'normal: every number twice'],
  ],
};
