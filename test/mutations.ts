/**
 * @file Tests of the tests: the sources with one thing wrong at a time, which some test must notice.
 *
 *   npm run mutations             all of the table below, for hours
 *   npm run mutations -- linear   those of files with `linear` in their name, two minutes or more
 *
 * Each mutation is made in a copy of src and test in a temporary folder, never here. The tests of the mutated file run
 * first, then those of its folder, then the other folders', until one fails: the mutation is killed. One that passes
 * all has survived, and the exit code is 1. So it is where a text to be replaced no longer occurs exactly once, or
 * what replaces it is no program.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

type Row = readonly [from: string, to: string, why: string];

const MUTATIONS: Readonly<Record<string, readonly Row[]>> = {
  'src/tensor/tensor.ts': [
    ['n < 1', 'n < 0', 'a side may be 0'],
    ['if (sizeOf(shape) > 2 ** 31)', 'if (false)', 'any size is tried'],
    ['const end = offset + sizeOf(shape)', 'const end = sizeOf(shape)', 'a view may start too late'],
    ['shape.length === expected.length && data.length', 'data.length', 'a shape is checked by its size'],
    [' && data.length === sizeOf(expected)', '', 'a tensor may have other data than its shape says'],
    ['same = shape[i] === expected[i]', 'same = true', 'a shape is checked by its length'],
    ['!Number.isFinite(data[i])', 'Number.isNaN(data[i])', 'infinite numbers pass'],
  ],

  'src/tensor/vector.ts': [
    ['for (; i < n; i++) s0 += a[i] * b[i];', '', 'dot: the last n mod 4 entries are left out'],
    ['s0 + s1 + (s2 + s3)', 's0 + s1 + s2', 'dot: a partial sum is left out'],
    ['y[i] += alpha * x[i]', 'y[i] = alpha * x[i]', 'axpy overwrites'],
    ['sum += Math.abs(x[i])', 'sum += x[i]', 'norm1 of signed entries'],
    ['Math.max(max, Math.abs(x[i]))', 'Math.max(max, x[i])', 'normInf of signed entries'],
    ['if (x[i] > x[best])', 'if (x[i] >= x[best])', 'argmax: the last of equals'],
    ['if (x[i] < x[best])', 'if (x[i] <= x[best])', 'argmin: the last of equals'],
  ],

  'src/tensor/matmul.ts': [
    ['strided([m], [n]), columns', 'strided([m], [m]), columns', 'row-major: rows as long as a column'],
    ['return { rows: columns, columns: rows };', 'return { rows, columns };', 'nothing is transposed'],
    ['transpose(rowMajor(n, k))', 'rowMajor(k, n)', 'addABt: B is not transposed'],
    ['transpose(rowMajor(k, m))', 'rowMajor(m, k)', 'addAtB: A is not transposed'],
    ['A.length !== m * k || ', '', 'A may have any length'],
    ['B.length !== k * n || ', '', 'B may have any length'],
    [' || C.length !== m * n', '', 'C may have any length'],
    ['c4 += a4[q] * bqj', 'c4 += a3[q] * bqj', 'a sum takes the wrong row'],
    ['c1 += x1[q] * yqj', 'c1 += a1[q] * yqj', 'the second product takes the first one’s row'],
    ['c2 += x2[q] * yqj', 'c2 = x2[q] * yqj', 'a sum keeps its last term only'],
    ['const yqj = y[', 'const yqj = b[', 'the second product takes the first one’s B'],
    ['c[(into + ci[5]) | 0] += c5', 'c[(into + ci[5]) | 0] = c5', 'an entry overwrites C'],
    ['c[(into + ci[2]) | 0]', 'c[(into + ci[1]) | 0]', 'a row’s sum goes to the row before'],
    ['B_ROWS[q] = bq[first + q]', 'B_ROWS[q] = bq[q]', 'a deep sum: the first terms again'],
    ['A[(row + columns[(first + q) | 0]) | 0]', 'A[(row + columns[q]) | 0]', 'a deep sum: the first numbers of A again'],
    ['at = row + first', 'at = row', 'a deep sum of a plain row: its first numbers again'],
    ['isCounting(a.columns) ? undefined : a.columns', 'undefined', 'any columns of A are 0, 1, 2, …'],
    ['first < k; first += DEPTH) {\n    const depth = Math.min(DEPTH, k - first);\n    for (let q = 0; q < depth; q = (q + 1) | 0) B', 'first < 1; first += DEPTH) {\n    const depth = Math.min(DEPTH, k - first);\n    for (let q = 0; q < depth; q = (q + 1) | 0) B', 'a deep sum: its first part only'],
    ['for (const part of this.#parts) addMatrix(part, V, V2, Z.length);', 'addMatrix(this.#parts[0], V, V2, Z.length);', 'several products: the first only'],
    ['products.length === 1 ? byVector(products[0])', 'products.length > 0 ? byVector(products[0])', 'several products: the first only, where it is by a vector'],
    ['place += steps[d] * (n % sizes[d])', 'place += steps[d] * n', 'strided: an index beyond its size'],
    ['place = from', 'place = 0', 'strided: from 0'],
    ['isRow ? ci[i + r] : unused', 'isRow ? ci[i + r] : ci[i]', 'rows that there are not are added to one that there is'],
    ['addBlock(depth, X ? depth : 0, bj.length)', 'addBlock(depth, depth, bj.length)', 'the second product of the run before'],
    ['if (W2) Y.set(W2);', '', 'the second product with the B of the run before'],
    ['      C.set(Z);', '', 'the product of the run before is added'],
    ['if (V2 && W2) add(rows, columns, V2, W2, Z);', '', 'vectors: one product of two'],
    ['b.columns.length === 1 && isRowMajor(b) && isRowMajor(c)', 'b.columns.length === 1 && isRowMajor(b)', 'vectors: any places of C'],
    ['b.columns.length === 1 && isRowMajor(b) && isRowMajor(c)', 'b.columns.length === 1 && isRowMajor(c)', 'vectors: any places of B'],
    ['k === 1 && [a, b, c].every(isRowMajor)', 'k === 1', 'outer products: any places'],
    ['place === i * columns.length', 'place >= 0', 'any rows are row-major'],
    ['z[i + 3] += z3', 'z[i + 3] = z3', 'dotRows: a row overwrites z'],
    ['z2 += A[(a + k2) | 0] * yq', 'z2 += A[(a + k1) | 0] * yq', 'dotRows: a row twice'],
    ['for (; i < m; i++) for (let q = 0; q < depth; q++) z[i] += A[i * k + first + q] * part[q];', '', 'dotRows: the last m mod 4 rows are left out'],
    ['part[q] = y[first + q]', 'part[q] = y[q]', 'dotRows: the first part of y again'],
    ['A[(a + m5) | 0] * y5', 'A[(a + m4) | 0] * y5', 'addRows: a row twice'],
    ['for (; q < k; q++) for (let i = 0; i < depth; i++) part[i] += A[q * m + first + i] * y[q];', '', 'addRows: the last k mod 6 rows are left out'],
    ['z[first + i] = part[i]', 'z[i] = part[i]', 'addRows: every part to the front'],
    ['Z[(row + j) | 0] += xi * y[j]', 'Z[(row + j) | 0] = xi * y[j]', 'an outer product overwrites'],
    ['b.rows.length !== k || ', '', 'B may have any number of rows'],
    ['c.rows.length !== m || ', '', 'C may have any number of rows'],
    [' || c.columns.length !== n', '', 'C may have any number of columns'],
    ['if (size <= MOST / 2) return;', 'return;', 'matrices of any size'],
    ['V.length >= a && ', '', 'A may be too short'],
    ['W.length >= b && ', '', 'B may be too short'],
    [' && Z.length >= c', '', 'C may be too short'],
    ['if (V2 || W2) this.#expectLengths(Z, V2, W2);', '', 'the second product’s arrays may be too short'],
  ],

  'src/tensor/elementary.ts': [
    ['x < 0 ? -0.5 : 0.5', '0', 'exp: r is not the smallest'],
    ['k * LN2_LOW, r =', '0, r =', 'exp: ln 2 to half its digits'],
    ['1.66666666666666019037e-1 + t', '1.66666666666666019037e-1 - t', 'exp: a sign of the polynomial'],
    ["if (x === 1) return Math.E;", '', 'exp: e is one unit off'],
    ['const HALF_LN2 = 0.3465735912322998', 'const HALF_LN2 = 0.34657382965087890625', 'exp: k is 0 a little too long'],
    ['if (Math.abs(x) < 2 ** -28) return 1 + x;', '', 'exp: of tiny x other bits than Math has'],
    ['- (isSubnormal ? 54 : 0)', '', 'log: of subnormal numbers'],
    ['(mantissa + 2) & 0xfffff) < 3', '(mantissa + 2) & 0xfffff) < 0', 'log: k ln 2 without its f'],
    ['n * QUARTER_LOW', '0', 'sin, cos: π/2 to half its digits'],
    ['upper === upperWord((n * Math.PI) / 2)', 'false', 'sin, cos: near n π/2 too few digits'],
    ['size < 0x3e400000 ? r', 'false ? r', 'sin: other bits of small r than Math has'],
    ['size > 0x3fe90000 ? 0.28125', 'false ? 0.28125', 'cos: other bits of large r'],
    ['n === 1 ? [-sine, cosine]', 'n === 1 ? [sine, cosine]', 'sin, cos: a quadrant turned'],
    ['e < 0.5 ? e - 1', 'e < 2 ? e - 1', 'tanh: of small x'],
    ['v === 1 ? u : ', '', 'artanh: of tiny y'],
  ],

  'src/tensor/random.ts': [
    ['0x94d049bb133111ebn', '0x94d049bb133111edn', 'SplitMix64: a wrong multiplier'],
    ['return z ^ (z >> 31n)', 'return z ^ (z >> 30n)', 'SplitMix64: a wrong shift'],
    ['z + BigInt(key)', 'BigInt(key)', 'only the last key counts'],
    ['key < 0', 'key < -1', 'a seed of −1 is taken'],
    ['rotateLeft(Math.imul(s1, 5), 7)', 'rotateLeft(Math.imul(s1, 5), 8)', 'xoshiro128**: the output’s rotation'],
    ['s[2] ^= s1 << 9', 's[2] ^= s1 << 8', 'xoshiro128**: a wrong shift'],
    ['rotateLeft(s[3], 11)', 'rotateLeft(s[3], 12)', 'xoshiro128**: the state’s rotation'],
    ['(this.bits() >>> 6)', '(this.bits() >>> 7)', 'uniform: one bit is always 0'],
    ['(high - low) * unit', 'high * unit', 'uniform: up to low + high'],
    ['-2 * log(1 - this.uniform())', '-2 * log(this.uniform())', 'normal: infinite once in 2⁵³ draws'],
    ['-2 * log', '-1 * log', 'normal: variance 1/2'],
    ['2 * Math.PI', 'Math.PI', 'normal: sines without a sign'],
    ['= radius * sin', '= radius * cos', 'normal: every number twice'],
    ['-log(1 - this.uniform())', '-log(this.uniform())', 'laplace: infinite once in 2⁵³ draws'],
    ['this.below(2) === 0 ? size : -size', 'size', 'laplace: never negative'],
  ],

  'src/tensor/float16.ts': [
    ['fraction: 10', 'fraction: 11', 'float16: a bit too many'],
    ['fraction: 7', 'fraction: 8', 'bfloat16: a bit too many'],
    ['least: -14', 'least: -15', 'float16: the numbers below the least exponent too close'],
    ['least: -126', 'least: -125', 'bfloat16: the numbers below the least exponent too far apart'],
    ['Math.abs(rounded) > largest', 'Math.abs(x) > largest', 'infinite what would be rounded to the largest number'],
    ['Math.abs(rounded) > largest', 'false', 'nothing is too large'],
    ['? Math.sign(x) * Infinity', '? Infinity', 'what is too small is ∞, not −∞'],
    ['Math.sign(x) * (Math.abs(x) + C - C)', 'x + C - C', 'negative numbers are rounded to half a unit'],
    ['Math.sign(x) * (Math.abs(x) + C - C)', 'u * Math.round(x / u)', 'halves are rounded upwards'],
    ['2 ** 52 * u', '2 ** 53 * u', 'multiples of 2u'],
    ['roundTo(BFLOAT16, x)', 'roundTo(BFLOAT16, Math.fround(x))', 'bfloat16: by way of a float32'],
    ['roundTo(FLOAT16, x)', 'roundTo(FLOAT16, Math.fround(x))', 'float16: by way of a float32'],
  ],

  'src/tensor/least-squares.ts': [
    ['A[pivot * n + k] > 0 ? -norm : norm', 'A[pivot * n + k] > 0 ? norm : -norm', 'v cancels'],
    ['const pivot = row++;', 'const pivot = k;', 'the row of a column that depends on others is left out'],
    ['(product / vv)', '(product / (2 * vv))', 'half a reflection'],
    ['rest -= A[rowOf[k] * n + j] * x[j]', 'rest += A[rowOf[k] * n + j] * x[j]', 'back substitution adds'],
    ['    reflect(b, 1, 0);', '', 'b is not reflected'],
    ['if (norm <= m * Number.EPSILON * largest) continue;', 'if (norm === 0) continue;', 'a column that depends on others is solved for'],
  ],

  'src/nn/patches.ts': [
    ['(height + 2 * padding - kernel)', '(height + padding - kernel)', 'rows: padding on one side only'],
    ['(width + 2 * padding - kernel) / stride) + 1', '(width + 2 * padding - kernel) / stride)', 'one column less'],
    ['this.rows < 1 || ', '', 'no output rows are fine'],
    ['[side * line, line, 1]', '[side * line, 1, line]', 'the kernel is transposed'],
    ['[side * line, line, 1]', '[line * line, line, 1]', 'channels as large as a square'],
    ['[stride * line, stride]', '[stride * line, 1]', 'columns: the stride is ignored'],
    ['[stride * line, stride]', '[line, stride]', 'rows: the stride is ignored'],
    ['new Border(inShape, padding, padding)', 'new Border(inShape, padding + 1, padding)', 'padding more by one'],
    ['    this.border.pad(x, padded);\n    for (let n = 0; n < P.length; n++) {\n      padded[', '    for (let n = 0; n < P.length; n++) {\n      padded[', 'scatterAdd overwrites'],
  ],

  'src/nn/linear.ts': [
    ['this.#fillRows(this.#y.data, b.data)', 'this.#y.data.fill(0)', 'y without b'],
    ['else this.#YXt.addTo(grad.W.data, gradY.data, this.#x.data);', '', '∂W without ∂Y Xᵀ'],
    ['if (this.#bias) this.#addRowSums(gradY.data, grad.b.data);', '', '∂b without ∂Y 1'],
    ['this.#gradX.data.fill(0);', '', '∂X adds up over runs'],
    ['if (!wantGradX) return undefined;', '', '∂X unasked'],
    ['this.#fillRows(this.#rY.data, rP.b.data)', 'this.#rY.data.fill(0)', 'R{Y} without R{b} 1ᵀ'],
    ['rP.W.data, this.#x.data, rX && W.data, rX?.data', 'rP.W.data, this.#x.data', 'R{Y} without W R{X}'],
    ['rP.W.data, this.#x.data, rX && W.data, rX?.data', 'W.data, (rX ?? this.#x).data', 'R{Y} without R{W} X'],
    ['rP.outer.addTimesA(this.#rY.data);', '', 'R{Y} without R{W} X, as outer products'],
    ['if (rX) this.#WX.addTo(this.#rY.data, W.data, rX.data);', '', 'R{Y} without W R{X}, with outer products'],
    ['this.#rX = rX;', '', 'R{X} is forgotten'],
    ['rGradY.data, this.#x.data, this.#rX && this.#gradY.data, this.#rX?.data', 'rGradY.data, this.#x.data', 'R{∂W} without ∂Y R{X}ᵀ'],
    ['rGradY.data, this.#x.data, this.#rX && this.#gradY.data, this.#rX?.data', 'this.#gradY.data, (this.#rX ?? this.#x).data', 'R{∂W} without R{∂Y} Xᵀ'],
    ['if (this.#bias) this.#addRowSums(rGradY.data, rGrad.b.data);', '', 'R{∂b} without R{∂Y} 1'],
    ['rP.W.data, this.#gradY.data, W.data, rGradY.data', 'W.data, rGradY.data', 'R{∂X} without R{W}ᵀ ∂Y'],
    ['rP.W.data, this.#gradY.data, W.data, rGradY.data', 'rP.W.data, this.#gradY.data', 'R{∂X} without Wᵀ R{∂Y}'],
    ['rP.outer.addTransposeTimesG(this.#rGradX.data);', '', 'R{∂X} without R{W}ᵀ ∂Y, as outer products'],
    ['this.#WtY.addTo(this.#rGradX.data, W.data, rGradY.data);', '', 'R{∂X} without Wᵀ R{∂Y}, with outer products'],
    ['this.#rGradX.data.fill(0);', '', 'R{∂X} adds up over runs'],
    ['if (!this.#bias) y.fill(0);', 'if (!this.#bias) y;', 'without a bias Y adds up over runs'],
    ['sum += gradY[i * n + j]', 'sum = gradY[i * n + j]', '∂b of the last column only'],
    ['columns === 1 && !places', 'true', 'a convolution’s ∂W is an outer product'],
  ],

  'src/nn/conv2d.ts': [
    ['stride = 1', 'stride = 2', 'another default stride'],
    ['padding = 0', 'padding = 1', 'another default padding'],
    ['p, grad, wantGradX);', 'p, grad, true);', '∂x unasked'],
    ['this.#border.pad(x.data, this.#padded.data);', '', 'x̄ of the run before'],
    ['this.#border.pad(rX.data, this.#rPadded.data);', '', 'R{x̄} of the run before'],
    ['rForward(undefined, p, rP)', 'rForward(this.#rPadded, p, rP)', 'R{P} of the run before'],
    ['this.#gradYBorder.pad(gradY.data, this.#gradYPadded.data);', '', '∂ȳ of the run before'],
    ['this.#gradYBorder.pad(rGradY.data, this.#rGradYPadded.data);', '', 'R{∂ȳ} of the run before'],
  ],

  'src/nn/border.ts': [
    ['side = before + height + after', 'side = before + width + after', 'x̄ is a square'],
    ['before * line + before', 'before', 'x̄ without rows of zeros above'],
    ['before * line + before', 'before * line + before + 1', 'x̄: a column too far to the right'],
    ['padded[middle[n]] = x[n]', 'padded[n] = x[n]', 'x̄ without its border'],
    ['x[n] = padded[middle[n]]', 'x[n] += padded[middle[n]]', 'crop adds'],
  ],

  'src/nn/input-gradient.ts': [
    ['(kernel - 1 - padding) / stride)', '(kernel - 2 - padding) / stride)', 'the border above is too thin'],
    ['highest(height) + 1 - rows', 'highest(height) - rows', 'the border below is too thin'],
    ['highest(width) + 1 - columns', 'highest(width) - columns', 'the border on the right is too thin'],
    ['Math.ceil((padding - remainder) / stride)', 'Math.ceil(padding / stride)', 'the first pixel is left out'],
    ['(padding + size - 1 - remainder)', '(padding + size - 2 - remainder)', 'the last pixel is left out'],
    ['Math.ceil((kernel - remainder) / stride)', 'Math.floor((kernel - remainder) / stride)', 'the kernel’s last place is left out'],
    ['[side * line, -line, -1], firstTerm', '[side * line, line, 1], firstTerm', 'the kernel is not turned round'],
    ['alpha * kernel + beta)', 'beta * kernel + alpha)', 'the part of the kernel of the transposed pixel'],
    ['stride * kernel, stride]', 'kernel, 1]', 'the kernel’s first places'],
    ['(alpha + stride * a.first) * inLine + beta', 'stride * a.first * inLine + beta', 'rows of remainder 0'],
    ['[stride * inLine, stride], firstPixel', '[inLine, 1], firstPixel', 'pixels side by side'],
    ['< 6', '< 13', 'always by patches'],
  ],

  'src/nn/outer-product.ts': [
    ['r[i] = g[i] - s * h[i]', 'r[i] = g[i]', 'r = g'],
    ['d[j] = s * a[j] - k[j]', 'd[j] = a[j] - k[j]', 'd = a − k'],
    ['dot(r, r) * dot(a, a) + dot(d, d)', 'dot(r, r) + dot(d, d)', '‖D‖² without ‖a‖²'],
    ['this.square += dot(r, this.#restA) + this.#restSquare', 'this.square += this.#restSquare', '‖D‖² without rᵀ E a'],
    ['this.square += dot(r, this.#restA) + this.#restSquare', 'this.square += dot(r, this.#restA)', '‖D‖² without ‖E‖²'],
    ['axpy(2 * dot(a, a), this.#r, y)', 'axpy(dot(a, a), this.#r, y)', 'D a: a 2 is missing'],
    ['axpy(2 * dot(this.#d, a), this.#h, y);', '', 'D a without h'],
    ['if (this.#rest) axpy(1, this.#restA, y);', '', 'D a without E a'],
    ['axpy(2 * dot(this.#r, this.#r), this.#a, x);', '', 'Dᵀ g without a'],
    ['axpy(2 * dot(this.#h, this.#g), this.#d, x)', 'axpy(2, this.#d, x)', 'Dᵀ g: s = 1'],
    ['if (this.#rest) this.#transposeTimes.addTo(x, this.#rest, this.#g);', '', 'Dᵀ g without Eᵀ g'],
    ['scale(-2, rest);', 'scale(-1, rest);', 'a 2 is missing at E'],
    ['this.#restA.fill(0);', '', 'E a adds up over runs'],
    ['64 * Number.EPSILON', '1e-6', 'noise is taken for rounding'],
    ['64 * Number.EPSILON', '0', 'rounding is taken for noise'],
    ['if (Math.abs(G[n]) > Math.abs(G[largest]))', 'if (false)', 'the first row, which may be 0'],
    ['scale(1 / norm2(this.#h), this.#h)', '1', 'h is not of length 1'],
    ['if (largest > 0) scale(1 / largest, this.#h);', '', 'the square of h underflows'],
    ['      r.fill(0);\n', '', 'a D that is rounding keeps its r'],
  ],

  'src/nn/activation.ts': [
    ['d1[i] = s * (1 - s)', 'd1[i] = s * s', 'sigmoid: f′ = s²'],
    ['d2[i] = s * (1 - s) * (1 - 2 * s)', 'd2[i] = s * (1 - s)', 'sigmoid: f″ is f′'],
    ['d1[i] = 1 - s * s', 'd1[i] = 1 - s', 'tanh: f′ = 1 − s'],
    ['d2[i] = -2 * s * (1 - s * s)', 'd2[i] = 1 - s * s', 'tanh: f″ is f′'],
    ['d1[i] = x[i] > 0 ? 1 : 0', 'd1[i] = x[i] >= 0 ? 1 : 0', 'relu: f′(0) = 1'],
    ['d2[i] = 0', 'd2[i] = x[i] > 0 ? 1 : 0', 'relu: f″ is f′'],
    ['gx[i] = d1[i] * gy[i]', 'gx[i] = gy[i]', 'backward without f′'],
    ['ry[i] = d1[i] * rx[i]', 'ry[i] = rx[i]', 'R{y} without f′'],
    ['rX ?? this.#zero', 'rX ?? this.#rX', 'R{x} of the run before'],
    ['d1[i] * rgy[i] + d2[i] * rx[i] * gy[i]', 'd2[i] * rx[i] * gy[i]', 'R{∂x} without f′ R{∂y}'],
    ['d1[i] * rgy[i] + d2[i] * rx[i] * gy[i]', 'd1[i] * rgy[i]', 'R{∂x} without f″ R{x} ∂y'],
    ['!ACTIVATIONS.includes(name)', '!(name in EVALUATE)', 'toString is an activation'],
  ],

  'src/nn/softmax-cross-entropy.ts': [
    ['let max = -Infinity', 'let max = 0', 'softmax: underflows where all logits are small'],
    ['exp(y[i] - max)', 'exp(y[i])', 'softmax: no shift'],
    ['return max + log(sum)', 'return log(sum)', 'log Σ e^y of the shifted logits'],
    ['const shift = gradT[argmax(t)]', 'const shift = 0', 'softmaxBackward cancels for the likeliest class'],
    ['gradU[i] = t[i] * (gradT[i] - shift - mean)', 'gradU[i] = t[i] * (gradT[i] - shift)', 'softmaxBackward without its mean'],
    ['gradU[i] = t[i] * (gradT[i] - shift - mean)', 'gradU[i] = gradT[i] - shift - mean', 'softmaxBackward without t'],
    ['c >= classes', 'c > classes', 'a class too many'],
    ['if (t[i] !== 0) loss', 'loss', 'Eq. (1): 0 · ∞'],
    ['t[i] * (logSumExp - y.data[i])', 't[i] * -y.data[i]', 'Eq. (1) without log Σ e^y'],
    ['return this.weight * loss', 'return loss', 'Eq. (1) without the weight'],
    [': p[i] - t[i])', ': t[i] - p[i])', 'Eq. (2) with the other sign for all but the label'],
    ['? -sumWithout(p, i)', '? sumWithout(p, i)', 'Eq. (2) with the other sign for the label'],
    ['t[i] === 1 ? -sumWithout(p, i) : ', '', 'Eq. (2): p_c − 1 cancels'],
    ['g[i] = this.weight * (t[i]', 'g[i] = (t[i]', 'Eq. (2) without the weight'],
    ['if (j !== i) sum', 'sum', 'Eq. (2): all classes are the others'],
    ['const shift = ry[argmax(p)]', 'const shift = 0', 'R{∂ℓ/∂y} cancels for the likeliest class'],
    ['mean += p[i] * (ry[i] - shift);', 'mean += p[i] * ry[i];', '⟨p, R{y}⟩ of unshifted R{y}'],
    ['this.weight * p[i] * (ry[i] - shift - mean)', 'this.weight * p[i] * (ry[i] - shift)', 'R{∂ℓ/∂y} without ⟨p, R{y}⟩'],
    ['this.weight * p[i] * (ry[i] - shift - mean)', 'this.weight * p[i] * -mean', 'R{∂ℓ/∂y} without R{y}'],
    ['this.weight * p[i] * (ry[i] - shift - mean)', 'p[i] * (ry[i] - shift - mean)', 'R{∂ℓ/∂y} without the weight'],
    ['this.weight * (mean - (ry[i] - shift))', 'this.weight * -(ry[i] - shift)', 'R{∂ℓ/∂t} without ⟨p, R{y}⟩'],
    ['this.weight * (mean - (ry[i] - shift))', 'this.weight * mean', 'R{∂ℓ/∂t} without R{y}'],
    ['this.weight * (mean - (ry[i] - shift))', 'this.weight * (ry[i] - shift - mean)', 'R{∂ℓ/∂t} with the other sign'],
    ['this.weight * (mean - (ry[i] - shift))', 'mean - (ry[i] - shift)', 'R{∂ℓ/∂t} without the weight'],
  ],

  'src/nn/parameters.ts': [
    ['data.length !== size', 'data.length < size', 'more numbers than the layout'],
    ['shape ?? [0], offset)', 'shape ?? [0], 0)', 'every window starts at 0'],
    [
      'W: cut(`${name}.weight`, outer[k] ? undefined : shapes.W),\n      b: cut(`${name}.bias`, shapes.b),',
      'b: cut(`${name}.bias`, shapes.b),\n      W: cut(`${name}.weight`, outer[k] ? undefined : shapes.W),',
      'b before W',
    ],
    ['expectShape(name, source, tensor.shape);', '', 'load() takes any shape'],
    ['if (!this.tensors.has(name))', 'if (false)', 'load() takes any name'],
    ['tensor.data.set(named.get(name)!.data);', '', 'load() copies nothing'],
    ['tensor.data.set(this.tensors.get(name)!.data);', '', 'withOuter() copies nothing'],
    ['this.windows.some(({ outer }) => outer)', 'false', 'a gradient without its last matrix passes'],
    ['this.windows.map(({ outer }) => outer)', '[]', 'like() writes the outer products out'],
  ],

  'src/nn/network.ts': [
    ['if (`${out}` !== `${into}`)', 'if (false)', 'layers that do not fit'],
    ['logits[0] < 2', 'logits[0] < 1', 'one class'],
    ['this.#build, this.theta, weight', 'this.#build, this.theta', 'a sample of weight 1'],
    ['this.#build, this.theta, weight', 'this.#build, this.theta.like(), weight', 'a sample with a θ of its own'],
    ['rForward(rX, this.theta', 'rForward(undefined, this.theta', 'R{x} is left out'],
    ['rTheta.windows[k], rGrad?.windows[k]', 'rTheta.windows[k]', 'R{∂ℓ/∂θ} is left out'],
    ['grad.windows[0], wantGradX)', 'grad.windows[0], true)', '∂ℓ/∂x unasked'],
    ['this.sample(1 / images.length)', 'this.sample()', 'a batch’s sum instead of its mean'],
    ['images.length !== labels.length || ', '', 'images without labels'],
    ["expectFinite('image', image.data);", '', 'an image with a NaN'],
  ],

  'src/nn/stack.ts': [
    ['if (activation) add(', 'if (activation && description.type === \'conv2d\') add(', 'no activation after a linear layer'],
    ['bias = true,', 'bias = false,', 'a linear layer without a bias unless asked'],
    ['inShape: shape })\n', 'inShape: shape, padding: 0 })\n', 'padding is forgotten'],
  ],

  'src/nn/checkpoint.ts': [
    ['side + 2 * padding - kernel', 'side + padding - kernel', 'padding on one side'],
    ['Math.floor(room / stride) + 1', 'Math.floor(room / stride)', 'the last place of a kernel is left out'],
    ['if (shape) return shape;\n    const', 'if (shape) return fitting([size])[0].map(() => 1);\n    const', 'the size said is not used'],
    ['[n + 1, n + 1])).pop()', '[n + 1, n + 1])).shift()', 'the smallest image that fits'],
    ['[channels ?? count, h, w]', '[count, h, w]', 'as many channels as the last convolution has'],
    ['for (const [name, { data }] of tensors) expectFinite(name, data);', '', 'weights that are NaN'],
    ['network.theta.load(tensors);', '', 'weights of zeros'],
    ['if (kernel !== width)', 'if (false)', 'a kernel that is not square'],
    ['layer.kernel !== undefined && layer.kernel !== kernel', 'false', 'another kernel than the description says'],
    ['Number(a.slice(4)) - Number(b.slice(4))', '0', 'arrays without names: in the order of their file'],
    ['array.shape.length > 1', 'array.shape.length > 3', 'arrays without names: a linear weight is a bias'],
    ['name.slice(prefix.length)', 'name', 'a prefix stays'],
  ],

  'src/nn/lenet.ts': [
    ['stride, padding: 2', 'stride, padding: 1', 'padding 1'],
    ['stride, padding: 2', 'stride, padding: 3', 'padding 3'],
    ['[2, 2, 1]', '[2, 1, 2]', 'strides in another order'],
    ['kernel: 5', 'kernel: 4', 'kernel 4×4'],
    ['out: 12', 'out: 6', '6 channels'],
    ["activation = 'sigmoid'", "activation = 'tanh'", 'another default activation'],
    ['padding: 2, activation }', "padding: 2, activation: 'sigmoid' }", 'always sigmoid'],
    ["name: 'fc.0', out: classes, bias }", "name: 'fc.0', out: classes }", 'always a bias'],
    ['bias = true', 'bias = false', 'no bias unless asked'],
    ['-0.5, 0.5)', '0, 1)', 'weights from U(0, 1)'],
    ['STREAMS.weights', 'STREAMS.start', 'weights from the dummies’ random numbers'],
  ],

  'src/optim/gradient-descent.ts': [
    ['axpy(-this.#learningRate', 'axpy(this.#learningRate', 'Eq. (6) uphill'],
    ['size <= this.#toleranceGradient', 'size < this.#toleranceGradient', 'a gradient of 0 is no reason to stop'],
    ["if (!Number.isFinite(size)) return 'not-finite';", '', 'an infinite step'],
  ],

  'src/optim/sgd.ts': [
    ['axpy(-this.#learningRate', 'axpy(this.#learningRate', 'uphill'],
    ['this.#momentum * v[i] + g[i]', 'this.#momentum * v[i] + (1 - this.#momentum) * g[i]', 'momentum as Adam has it'],
    ['this.#momentum * v[i] + g[i]', 'g[i]', 'no momentum'],
    ["if (!Number.isFinite(normInf(g))) return 'not-finite';", '', 'an infinite step'],
    ['momentum < 1', 'momentum <= 1', 'a momentum of 1'],
  ],

  'src/optim/adam.ts': [
    ['(1 - beta1) * g[i]', 'g[i]', 'm grows to 1/(1 − β₁) of g'],
    ['(1 - beta2) * g[i] * g[i]', '(1 - beta2) * Math.abs(g[i])', 'v of |g|'],
    ['m[i] / weight1', 'm[i]', 'm is not corrected'],
    ['v[i] / weight2', 'v[i]', 'v is not corrected'],
    ['++this.#t', 'this.#t++', 't from 0'],
    ['Math.sqrt(v[i] / weight2) + epsilon', 'Math.sqrt(v[i] / weight2 + epsilon)', 'ε under the root'],
    ['x[i] -= ', 'x[i] += ', 'uphill'],
    ['beta1 = 0.9', 'beta1 = 0.99', 'another default of β₁'],
    ['epsilon = 1e-8', 'epsilon = 1e-7', 'another default of ε'],
    ["if (!Number.isFinite(normInf(g))) return 'not-finite';", '', 'an infinite step'],
  ],

  'src/optim/train.ts': [
    ['network.sample(1 / batch)', 'network.sample()', 'the sum over the batch'],
    ['grad.data.fill(0);', '', 'the gradients of all steps'],
    ['gradient.set(defend(grad).data)', 'gradient.set(grad.data)', 'no defence'],
    ['Random(seed, STREAMS.batches)', 'Random(0, STREAMS.batches)', 'the same batches for every seed'],
    ['random.below(examples.size)', 's % examples.size', 'the same batch every time'],
    ['examples.example(first + index)', 'examples.example(index)', 'part: from the first on'],
    ['right / examples.size', 'right / (examples.size + 1)', 'accuracy of one more'],
    ['loss += sample', 'loss = sample', 'the loss of the last image'],
    ['adam: 5e-3', 'adam: 1e-3', 'another default of η'],
  ],

  'src/optim/history.ts': [
    ['this.#rho[this.#next] = 1 / ys', 'this.#rho[this.#next] = ys', 'ρ = ⟨y, s⟩'],
    ['this.#gamma = ys / yy', 'this.#gamma = 1', 'γ = 1'],
    ['yy += yi * yi', 'yy += si * si', 'γ = ⟨s, y⟩ / ⟨s, s⟩'],
    ['addAndDot(-alpha[i], pairs,', 'addAndDot(0, pairs,', 'the first loop leaves q as it is'],
    ['alpha[i] - beta', 'alpha[i]', 'the second loop without β'],
    ['alpha[i] - beta', '-beta', 'the second loop without α'],
    ['scale(this.#gamma, q);', '', 'r = q'],
    ['product *= this.#gamma;', '', 'the product with the oldest y is one with q, not with r'],
    ['age < count ? this.#s(this.#aged(age + 1)) : this.#y(i)', 'this.#s(this.#aged(age + 1))', 'the oldest y is not multiplied'],
    ['age > 1 ? this.#y(this.#aged(age - 1)) : this.#s(i)', 'this.#y(i)', 'the second loop multiplies the same y again'],
    ['this.#next - age + this.#rho.length', 'this.#next - age + 1 + this.#rho.length', 'a pair too new'],
    ['return (2 * i + 1) * this.#n', 'return 2 * i * this.#n', 'y in the place of s'],
    ['const si = t * d[i]', 'const si = d[i]', 's without the step'],
    ['gradient[i] - previous[i]', 'gradient[i] + previous[i]', 'y is a sum'],
    ['if (!(ys > this.#leastCurvature)) return;', '', 'pairs without curvature'],
    ['Math.min(this.#count + 1, this.#most)', 'Math.min(this.#count + 1, this.#most + 1)', 'a pair too many'],
    ['if (n % 2 === 1)', 'if (false)', 'addAndDot: the last of an odd number is left out'],
    ['p1 += rows[(v + 1) | 0] * q1', 'p1 += rows[v] * q1', 'addAndDot: a number of v twice'],
    ['q[(i + 1) | 0] = q1', 'q[(i + 1) | 0] = q0', 'addAndDot: a number of q twice'],
  ],

  'src/optim/line-search.ts': [
    ['const C1 = 1e-4', 'const C1 = 0.1', 'c₁ = 0.1'],
    ['const C2 = 0.9', 'const C2 = 0.1', 'c₂ = 0.1'],
    ['const MOST_TRIALS = 25', 'const MOST_TRIALS = 5', 'five trials'],
    ['const SHORTEST = 1e-9', 'const SHORTEST = 1e-3', '`zoom` gives up early'],
    ['this.#zero.f + C1 * trial.t * this.#zero.slope', 'this.#zero.f', 'any decrease is enough'],
    ['Math.abs(trial.slope) <= -C2', 'trial.slope <= -C2', 'weak Wolfe: a steep descent is flat'],
    ['(3 * (left.f - right.f))', '(2 * (left.f - right.f))', 'a cubic’s d₁'],
    ['right.slope + d2 - d1', 'right.slope - d2 - d1', 'a cubic’s maximum'],
    ['Number.isNaN(t) ? (low + high) / 2 : ', '', 'no middle where there is no minimum'],
    ['Math.min(Math.max(t, low), high)', 't', 'a cubic’s minimum outside the interval'],
    ['point.f = Infinity', 'point.f', 'a NaN is a trial as any other'],
    ['this.#trials > 1 && ', '', 'the book’s condition instead of torch’s'],
    ['if (trial.slope >= 0) return [previous, trial];', '', 'past a minimum, and further on'],
    ['10 * trial.t', '2 * trial.t', 'steps twice as long at most'],
    ['0.1 * (right - left)', '0.01 * (right - left)', '`zoom` may stay near an end'],
    ['trial.slope * (bracket[1 - low].t - bracket[low].t) >= 0', 'false', '`zoom` keeps the wrong end'],
    ['return bracket[low];', 'return bracket[1 - low];', 'the higher end is returned'],
  ],

  'src/optim/lbfgs.ts': [
    ['Math.min(1, 1 / norm1(this.#gradient)) * learningRate', 'learningRate', 'a first step of full length'],
    ['(maxIterations * 5) / 4', 'maxIterations * 5', 'evaluations without end'],
    ['d[i] = -gradient[i]', 'd[i] = gradient[i]', 'uphill'],
    ['this.#previous.set(gradient);', '', 'y against the first gradient'],
    ['this.evaluations - 1', 'this.evaluations', 'one evaluation more than torch'],
    ['this.#history.multiply(d);', '', 'd = −∇f'],
  ],

  'src/optim/optimizer.ts': [
    ['iteration >= iterations', 'iteration > iterations', 'an iteration too many'],
    ["if (!Number.isFinite(objective)) stop = 'not-finite';", 'if (false);', 'a NaN is no reason to stop'],
    ['objective < tolerance', 'objective > tolerance', 'stops far from a minimum'],
    [' && (iteration - 1) % lookEvery === 0', '', 'the tolerance is looked at before every iteration'],
    ['(iteration - 1) % lookEvery', 'iteration % lookEvery', 'the tolerance is looked at one iteration early'],
  ],

  'src/experiments/statistics.ts': [
    ['square / 2', 'square', 'the middle is moved too far'],
    ['(square * square) / 4', 'square / 4', 'a square is missing'],
    ['(middle + half) / (1 + square)', 'middle + half', 'the upper end is not divided'],
    ['successes === trials ? 1 : ', '', 'of successes alone the upper end is rounding'],
    ['Number.isNaN(value) ? Infinity : value', 'value', 'median: NaN is anywhere'],
    ['sorted[Math.floor(middle)]', 'sorted[Math.ceil(middle)]', 'median: the larger of two'],
  ],

  'src/experiments/output.ts': [
    ['if (String(got) !== String(value)) throw', 'if (false) throw', 'what was kept of any plan is one'],
    ['if (!kept || !isWhole(kept)) throw', 'if (!kept) throw', 'what was kept may be in part'],
  ],

  'src/experiments/stages.ts': [
    ['isExact ? gradient : shared', 'shared', 'float64 is float32'],
    ['if (!plan.stages.includes(steps)) return;', 'if (steps > 0) return;', 'the first stage only'],
    ['if (known[i]) return known[i];', '', 'what is kept is made again'],
    ['n > (i === 0 ? -1 : stages[i - 1])', 'n >= 0', 'stages may fall'],
    ['p[label], gradientNorm', '1 - p[label], gradientNorm', 'the probability of the others'],
  ],

  'src/experiments/audit-input.ts': [
    ['network.theta.data[i] - data[i]', 'data[i] - network.theta.data[i]', 'a change of weights is turned'],
    ['/ (learningRate * steps)', '/ learningRate', 'the steps are not counted'],
    ['for (const [name, { data }] of tensors) expectFinite(name, data);', '', 'a gradient that is NaN'],
    ['if (data.every((value) => value === 0))', 'if (false)', 'weights that did not change'],
    ['layers.slice(0, -1).map', 'layers.slice(1).map', 'the activations after other layers'],
  ],

  'src/experiments/audit.ts': [
    ['relative: true', 'relative: false', 'L_G as it is'],
    ['const says = off < fit', 'const says = off > fit', 'the verdict is turned'],
    ['4 * diagnosis.relativeNoise, 16 * 2 ** -diagnosis.bits', '0', 'the verdict knows no rounding'],
  ],

  'src/experiments/audit-files.ts': [
    ['number === null ? undefined : truth.images?.[number]', 'truth.images?.[i]', 'film: the truths in their own order'],
  ],

  'src/experiments/examination.ts': [
    ['if (isSum)', 'if (false)', 'a sum is taken for a mean'],
    ['equations >= pixels', 'true', 'any gradient determines its images'],
    ['scale(1 / foreign, gradient)', 'scale(foreign, gradient)', 'a scale is squared'],
    ['scale(-1, gradient);', '', 'a turned sign stays'],
    ['if (rank <= 1 ||', 'if (', 'a gradient of zeros is of no image'],
    ['if (batch === 1) rescale', 'rescale', 'a batch of many labels is turned'],
  ],

  'src/experiments/batch.ts': [
    ['truth.images![number]', 'truth.images![i]', 'measured by the truths in their own order'],
    ['/ batch;', '/ 1;', 'a sum for a mean'],
    ['labelAccuracy === 1', 'labelAccuracy > 0', 'right where one of them is'],
  ],

  'src/experiments/last-layer-report.ts': [
    ['rank === 1 && (', '(', 'certain whatever the rank'],
    ['&& !isNoisy(found);\n', ';\n', 'certain under noise'],
    ['(classes > 2 || isOfScaleOne(found))', 'true', 'of two classes certain under any scale'],
    ["(rule !== 'bias' || negative.length === 1)", 'true', 'certain with several negative ones'],
    ["activation === 'sigmoid' || activation === 'relu'", 'true', 'row sums are certain for tanh'],
    ['rank > batch', 'rank > batch + 1', 'one image more than said'],
    ['Math.abs(scale - 1) <= SCALE', 'Math.abs(scale - 1) <= 10', 'no scale is foreign'],
    ['positive.length === 1 && negative.length', 'negative.length', 'a gradient of one label is turned'],
    ['zeros > 0.001', 'zeros > 1', 'nothing is pruned'],
    ['batch === 1 && signTurned', 'signTurned', 'a batch of many labels is turned'],
    ['else if (bits <= 11 && rank > 0)', 'else if (false)', 'nothing is rounded'],
  ],

  'src/experiments/progress.ts': [
    ['((total - this.#done) * seconds) / made', '(total * seconds) / made', 'the time for all is the time left'],
    ['this.#done - this.#before', 'this.#done', 'what was done before counts as fast work'],
  ],

  'src/experiments/records.ts': [
    ['[index, method, defence, strength].join', '[index, method].join', 'runs under two defences are one'],
    ['toLines([{ ...run, seconds: 0 }])', 'toLines([run])', 'other seconds are another result'],
    ['if (same && withoutSeconds', 'if (false && withoutSeconds', 'another result of a run is passed over'],
    ['addOnce(named, run, path)', 'named.set(keyOf(run), run)', 'of two results in a file the last counts'],
    ['slice(0, -1).map', 'filter(Boolean).map', 'half a last line is a run'],
    ['if (isNull) run[key] = NaN;', '', 'null is no number'],
    ['(last + 1) * kinds.size', 'last * kinds.size', 'an index fewer is missing'],
    ['this.#runs.size === 0 && difference(protocol, run)', 'false', 'another experiment is added to'],
    ['truncateSync(this.#path, whole)', 'whole', 'half a line stays'],
    ['() => lock(join(out.path, LOCK))', '() => () => {}', 'two processes add to one folder'],
    ['this.#out.write(RUNS, text, this.#safe);', '', 'the file stays as the runs came'],
  ],

  'src/experiments/pool.ts': [
    ['deaths === MOST_DEATHS', 'false', 'a task takes workers along for ever'],
    ['MOST_DEATHS = 3', 'MOST_DEATHS = 4', 'one worker more is given up'],
    ["if ('error' in outcome) throw new Error(`in a worker: ${outcome.error}`);", '', 'an error is a death'],
    ['onDeath?.(task, outcome.death);', '', 'a death is not told'],
    ['return !signal?.aborted', 'return true', 'what was ended is done'],
    ["('abort', end);\n    end();", "('abort', end);", 'workers outlive another’s error'],
    ['child?.disconnect();', '', 'workers stay when all is done'],
  ],

  'src/experiments/merge.ts': [
    ['{ folder: path, runs: file.runs }, ', '', 'runs that are there are lost'],
    ['addOnce(merged, run,', 'merged.set(JSON.stringify(run), run,', 'a run of two folders is there twice'],
    ['if (differs) throw new InputError(`${join(folder, RUNS)}: ${differs}`);', '', 'two experiments are joined'],
    ['[...runs.values()].sort(byIndex)', '[...runs.values()]', 'in the order of the folders'],
    ['file.close();', '', 'the folder stays locked'],
    ["${gap ? `; ${gap}` : ''}", '', 'what is missing is not told'],
  ],

  'src/experiments/shares.ts': [
    ['share: count / of', 'share: count / 100', 'a share of a hundred'],
    ['...wilson(count, of)', '...wilson(of, of)', 'the interval of another share'],
    ['value === undefined || Number.isNaN(value)', 'value === undefined', 'a share of none is told'],
    ["of === 0 ? '–' : ", '', 'an interval of none'],
    ['i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])', 'cell.padEnd(widths[i])', 'numbers to the left'],
  ],

  'src/experiments/evidence.ts': [
    ["experiment && out ? `; ${keptIn(out)}` : ''", "''", 'a full disk: not told that the runs are safe'],
    ['experiment && out ? `; ${', 'out ? `; ${', 'runs that were read are called kept'],
    ['[...PAPER_METHODS].reverse()', 'PAPER_METHODS', 'the baseline second'],
    ['rest[key] !== PAPER[key]', 'true', 'the head says what the papers do'],
    ['wanted.filter((run) => !file?.has(run))', 'wanted', 'runs that are there are made again'],
    ['asked.has(keyOf(run))', 'true', 'runs that were not asked for are told'],
  ],

  'src/experiments/protocol.ts': [
    ['mostIterations: 300', 'mostIterations: 200', 'fewer iterations than the papers'],
    ['tolerance: 1e-6', 'tolerance: 1e-5', 'another end than the papers’'],
    ['protocol[key] ?? PAPER_ACTIVATION', 'protocol[key]', 'sigmoid said is another than not said'],
    [' || activation === PAPER_ACTIVATION ? protocol', ' ? protocol', 'sigmoid is said'],
    ['new Random(seed, STREAMS.runs, index)', 'new Random(seed, STREAMS.runs)', 'all runs draw the same'],
    ['seed: attackSeed }', 'seed: protocol.seed }', 'all attacks have one seed'],
    ['a.index - b.index || ', '', 'in the order of the methods'],
    [' || (a.strength ?? 0) - (b.strength ?? 0)', '', 'strengths in any order'],
  ],

  'src/experiments/paper.ts': [
    ['dlg: 0.899', 'dlg: 0.889', 'Table 1: a wrong digit'],
    ['dlg: [0.66, 0.66, 0.65, 0.64, 0.57]', 'dlg: [0.66, 0.66, 0.66, 0.64, 0.57]', 'Figure 1: a wrong point'],
    ['[0.92, 0.92, 0.91, 0.91, 0.83]', '[0.92, 0.92, 0.91, 0.91, 0.84]', 'Figure 1: a wrong last point'],
    ['0.0005, 0.0001]', '0.0002, 0.0001]', 'another threshold'],
  ],

  'src/experiments/figure1.ts': [
    ['      ends: here,\n', '', 'no whiskers'],
    ['mse < threshold', 'mse <= threshold', 'at a threshold counts as below'],
    ['FIGURE_1[panel.protocol.dataset]?.[method]', 'FIGURE_1.mnist[method]', 'MNIST of the paper beside any'],
    ['errors[0], median', 'errors[1], median', 'the least but one for the least'],
    ['if (runs.length === 0) return [];', '', 'a method without runs has a row'],
  ],

  'src/experiments/target.ts': [
    ['part(all, 0, end)', 'part(all, 0, all.size)', 'what is held out is learnt from'],
    ['part(all, end, all.size)', 'part(all, end - 1, all.size)', 'the last that is learnt from is held out'],
    ['if (end === all.size)', 'if (end < 0)', 'a fifth of four images is nothing'],
  ],

  'src/experiments/figure2.ts': [
    ['FRAME_EVERY = 10', 'FRAME_EVERY = 3', 'every third iteration'],
    ['byIndex(nameOf(a.task), nameOf(b.task))', 'byIndex(nameOf(b.task), nameOf(a.task))', 'strips backwards'],
    ['run, run.frames,', 'run, run.frames.slice(1),', 'the start is left out'],
    ['`${target.title}   `', "''", 'strips do not say of which image'],
  ],

  'src/experiments/data.ts': [
    ['await unpack(path, folder);', '', 'an archive stays packed'],
    ['!(await isThere(path, file))', '!existsSync(path)', 'any file of that name is the one'],
    ['!(await isThere(path, file))', 'true', 'what is there is fetched again'],
    ['if (existsSync(join(out, folder, unpacked))) return false;', '', 'what is unpacked is no end'],
  ],

  'src/data/lock.ts': [
    ['host === hostname() && ', '', 'a process of another machine is dead'],
    [" || (start ?? '') !== startOf(Number(pid))", '', 'a number that is in use again is the same process'],
    ['if (read(path) === held) rmSync(path);', 'rmSync(path);', 'a lock just taken is removed'],
    ['if (read(path) === mine) rmSync(path);', 'rmSync(path);', 'another’s lock is given back'],
    ['    unlock();\n', '', 'the takeover is never over'],
  ],

  'src/data/download.ts': [
    ['(await sumOf(path)) === sha256', 'true', 'any file is the one meant'],
    ['if (sum === sha256) return;\n  rmSync(path);', 'if (sum === sha256) return;', 'wrong bytes are kept'],
    ['...(done > 0 ? { range: `bytes=${done}-` } : {})', '', 'cut off, it begins again'],
    ['if (goesOn && start !== done)', 'if (false)', 'bytes of any place are added'],
    ['announced !== undefined && announced !== file.size', 'false', 'a log-in page overwrites what is here'],
    ['timer.refresh();', '', 'slow is stalled'],
    ['if (failures === tries)', 'if (failures > tries)', 'one try more'],
    ["onDisk(archive, 'to remove it', () => rmSync(archive));", '', 'the archive stays'],
  ],

  'src/plot/bars.ts': [
    ['Math.max(1, Math.round(', 'Math.max(0, Math.round(', 'a small number has no bar'],
    ['bar.padStart(left)', 'bar.padEnd(left)', 'bars below zero begin at the left'],
    ['value < 0 ? `−${digits}`', 'value < 0 ? `${digits}`', 'no minus sign'],
  ],

  'src/plot/chart.ts': [
    ['PLOT.height * (1 - share)', 'PLOT.height * share', 'the chart stands on its head'],
    ['yOf(low)', 'yOf(high)', 'whiskers without a length'],
    ['row * ROW_HEIGHT', 'row * TOP', 'rows of panels lie over each other'],
  ],

  'src/plot/axis.ts': [
    ['log ? Math.log10(value) : value', 'value', 'logarithmic axes are linear'],
    ['filter(Number.isFinite)', 'filter(() => true)', 'a gap moves the ends'],
    ["exponent < 0 ? '⁻' : ''", "''", 'a power of ten without its minus sign'],
  ],

  'src/plot/plane.ts': [
    ['bottom - height * py', 'TOP + height * py', 'the picture stands on its head'],
    ['px >= 0 && px <= 1 && py >= 0', 'py >= 0', 'lines go past the right end'],
  ],

  'src/plot/contour.ts': [
    ['p[2] / (p[2] - q[2])', '0.5', 'a contour through the middles'],
    ['[a, b, c], [a, c, d]', '[a, b, c]', 'half of each cell'],
    ['* i) / cells', '* i) / (cells + 1)', 'a contour that ends before its rectangle'],
  ],

  'src/attack/extract-label.ts': [
    ['label: argmin(gradient.b.data)', 'label: argmax(gradient.b.data)', 'bias: argmax'],
    ['label: argmin(Float64Array', 'label: argmax(Float64Array', 'row-sum: argmax'],
    ['dot(row, u) <= 0', 'dot(row, u) >= 0', 'Eq. (4) with the other sign'],
    ['dot(row, u) <= 0', 'dot(row, u) < 0', 'Eq. (4) without its = 0'],
    ['opposed.length === 1 ? opposed[0] : r', 'r', 'inner-product: always the longest row'],
    ['opposed.length === 1 ? opposed[0] : r', 'opposed[0]', 'inner-product: never the longest row'],
    ['value / longest', 'value', 'Eq. (4) underflows for certain predictions'],
    ['rows.length < 3', 'rows.length < 2', 'Eq. (4) for two classes'],
    ['gradient.W.shape[0] > 2', 'gradient.W.shape[0] > 1', 'Eq. (4) unless said, for two classes too'],
  ],

  'src/attack/reconstruct.ts': [
    ['objective(x, gradient) / square', 'objective(x, gradient)', 'relative: the gradient only is divided'],
    ['scale(1 / square, gradient);', '', 'relative: L_G only is divided'],
    ['norm2(shared.data) ** 2', 'norm2(shared.data)', 'relative: divided by ‖∇W‖'],
    [' || square === 0', '', 'relative: 0 is divided by 0'],
  ],

  'src/attack/batch-labels.ts': [
    ['p[i] - (i === j ? 1 : 0)', 'p[i]', 'iLRG: the labels’ own share is left out'],
    ['typical[h] / gB', 'typical[h]', 'iLRG: the input is not divided by ∂b'],
    ['right[i] *= gradient.b.data[i]', 'right[i] = gradient.b.data[i]', 'iLRG: ∂b is not of the whole batch'],
    ['found.rounding! <= 1', 'true', 'iLRG always, however far from whole numbers'],
    ['found.rounding! <= 1', 'found.rounding! > 1', 'LLG where iLRG is good'],
    ['step * (rounded[c] - count)', '-step * (rounded[c] - count)', 'the count that is nearest goes up'],
    ['sums[c] -= impact', 'sums[c] += impact', 'LLG: a class once taken is taken again'],
    ['(1 + 1 / sums.length)', '1', 'LLG: the impact without its 1 + 1/K'],
    ['Math.min(least, value)', 'Math.max(least, value)', 'GradInversion: the largest entries'],
    ['if (at >= 0) left.splice(at, 1);', '', 'a label counts again and again'],
  ],

  'src/attack/assignment.ts': [
    ['cost[i * n + j] - u[i] - v[j]', 'cost[i * n + j]', 'costs that are not reduced'],
    ['u[rowOf[j]] += shortest - length[j];', '', 'the potentials of the rows stay'],
    ['v[j] -= shortest - length[j];', '', 'the potentials of the columns stay'],
    ['u[row] += shortest;', '', 'the new row has no potential'],
    ['if (through < length[j])', 'if (length[j] === Infinity)', 'the first path is kept, not the shortest'],
    ['|| length[j] < length[next]', '', 'the first column, not the nearest'],
  ],

  'src/attack/diagnosis.ts': [
    ['b.data[c] < -doubt', 'b.data[c] < 0', 'noise makes labels'],
    ['b.data[c] > doubt', 'b.data[c] >= doubt', 'zeros count as positive'],
    ['unbalanced / Math.sqrt(K * H)', 'unbalanced / Math.sqrt(H)', 'σ is √K too large'],
    ['4 * unbalanced', '0', 'noise has rank'],
    ['16 * 2 ** -bits + H * 2 ** -53', '0', 'rounding has rank'],
    ['+ H * 2 ** -53', '', 'the rounding of long sums has rank'],
    ['row[h] -= along * q[h]', 'row[h] -= q[h]', 'Gram-Schmidt: not the projection'],
    ['longest = argmax(lengths)', 'longest = 0', 'Gram-Schmidt without a pivot'],
    ['if (low !== 0) return 53', 'if (low !== 0) return 52', 'a bit too few'],
    ['high === 0 ? 1 : 21', 'high === 0 ? 1 : 20', 'a bit too few of a short number'],
    ['levels.add(Math.abs(A[i]))', 'levels.add(A[i])', 'sizes with their signs'],
    ['[...levels].every(isMultiple)', 'true', 'few sizes are levels, multiples or not'],
    ['if (A[i] === 0) continue;\n    levels', 'levels', 'zero is a size'],
    ['into + (b.data.length > 0 ? 1 : 0)', 'into', 'a bias adds no equation'],
    ['zeros - (H - columns.length)', 'zeros', 'zeros of a relu count as pruned'],
    ['K > 2 && ', '', 'a sign is turned of two classes'],
    ['MOST_RANK = 64', 'MOST_RANK = 5', 'ranks up to 5 only'],
    ['g[c] = -g.reduce', 'g[c] = g.reduce', 'the label’s g is positive'],
    ['const c = isTurned ? argmax(gB.data) : argmin(gB.data)', 'const c = argmin(gB.data)', 'the label of a turned sign'],
    ['dot(gB.data, g) / dot(g, g)', 'dot(gB.data, g)', 'the scale is not divided by ‖g‖²'],
    ['value - scale * g[i]', 'value - g[i]', 'a scale is a mismatch'],
    ['+ (b.data[i] ?? 0)', '', 'the logits without their bias'],
    ['r * (rows + cols - r)', 'r * (rows + cols)', 'equations that follow from others count'],
    ['Math.min(batch, rows, cols)', 'batch', 'a rank beyond the matrix’s sides'],
    ['k === windows.length - 1 ? out - 1 : out', 'out', 'the last layer’s last row counts'],
  ],

  'src/attack/defences.ts': [
    ['const deviation = Math.sqrt(variance)', 'const deviation = variance', 'Gaussian noise of that deviation'],
    ['Math.sqrt(variance / 2)', 'Math.sqrt(variance)', 'Laplacian noise of twice the variance'],
    ['b * random.laplace()', 'b * random.normal()', 'Laplacian noise that is Gaussian'],
    ['entryByEntry(gradient, Math.fround)', 'entryByEntry(gradient, roundToFloat16)', 'float32 is float16'],
    ['entryByEntry(gradient, roundToBfloat16)', 'entryByEntry(gradient, roundToFloat16)', 'bfloat16 is float16'],
    ['nearestMultiple((127 * g[i]) / max, 1) / 127', 'nearestMultiple((128 * g[i]) / max, 1) / 128', 'int8: 257 numbers'],
    ['nearestMultiple((127 * g[i]) / max, 1)', 'Math.trunc((127 * g[i]) / max)', 'int8: towards 0'],
    ['if (max === 0) return;', '', 'int8: zeros become NaN'],
    ['Math.round(share * g.length)', 'Math.ceil(share * g.length)', 'pruning: one too many'],
    ['g.map(Math.abs).sort()', 'g.slice().sort()', 'pruning: negative entries first'],
    [' && left-- > 0', '', 'pruning: all of equal size'],
    ['pruned - sizes.indexOf(last)', 'pruned', 'pruning: too many of equal size'],
    ['Math.min(1, most / norm2(gradient.data))', 'most / norm2(gradient.data)', 'clipping makes longer'],
    ['gradient.like(gradient.data.slice())', 'gradient.like(gradient.data)', 'the gradient itself is changed'],
    ['of defended.tensors.values()', 'of [defended]', 'one tensor for all'],
  ],

  'src/attack/last-input.ts': [
    ['if (i === c || ', 'if (', 'the row that a is made to fit counts as well'],
    ['relative * v, (absolute', 'relative * v, 0 * (absolute', 'a does not err by noise'],
    ['if (!(level > least)) [level, slope] = [least, (xy - least * x) / xx];', '', 'errors of less than 0'],
    ['slope / (2 + 2 * kappa)', 'slope', 'E is taken to err by ∂W alone'],
    ['** -2, error', '** -0, error', 'the largest numbers alone are fitted'],
    ['-Math.sign(h[c]) / norm2(h)', '1 / norm2(h)', 'without a bias: g may have the wrong sign'],
    ['scale(1 / size / dot(', 'scale(1 / dot(', 'a in other units than ∂W'],
  ],

  'src/attack/input-equations.ts': [
    ['i < m ? sigmaZ[i] :', 'i < m ? 1 :', 'all z are worth the same'],
    ['sigma > 0 ? 1 / sigma : 0', '1 / sigma', 'an equation 0 = 0 is worth more than all others'],
    ['<= MOST_ROWS', '<= Infinity', 'factors of any size'],
    ['Math.max(m, this.n / W.shape[1])', 'm', 'factors of channels of any size'],
    ['d || mean || 1', 'd || 1', 'an unknown in no equation has a unit of its own'],
    ['z[i] = s[i] / this.#diagonal[i]', 'z[i] = s[i]', 'M is 1 for the diagonal'],
    ['+= ridge', '+= 0', 'M as singular as B'],
    ['if (isFew) this', 'if (false) this', 'M is never more than the diagonal'],
    ['first += channels', 'first += channels + 1', 'some pixels have no column of B'],
    ['((first + k) * out + o) * numbers', '(first * out + o) * numbers', 'columns of B in one place'],
    ['this.#V.W.data.fill(0);\n        this.#back', 'this.#back', 'Uᵀ with what V held'],
    ['Math.sqrt(RIDGE) : 1', '1 : 1', 'steps go after rounding errors'],
    ['z.data[i] - (b[Math.floor(i / columns)] ?? 0)', 'z.data[i]', 'the bias is forgotten'],
    ['const w = this.#weights.map((v) => v * v);', 'const w = this.#weights;', 'the diagonal with σ for σ²'],
    ['V[i] = w[m + i] * y[m + i]', 'V[i] = y[m + i]', 'Aᵀ without 1/σ_W'],
    ['.filter((w) => w > 0)', '', 'equations of no weight are counted'],
    ['    this.#layer.backward(this.#gradZ, this.#p, this.#V, false);\n    return gradX;', '    return gradX;', 'Aᵀ goes by the ∂z that was asked for last'],
  ],

  'src/attack/closed-form.ts': [
    ['s / slope[i] <= SATURATED', 'true', 'a saturated unit is known as well'],
    ['if (!known) below.twin.grad.data[i] = 0;', '', 'a saturated unit’s slope is known'],
    ['Math.hypot(norm2(row), sigmaOf(errors, rms(own[o])))', 'sigmaOf(errors, rms(own[o]))', '∂z does not err'],
    ['Math.max(s, LEAST_SIGMA)', 's', 'an a of 0 is known'],
    ['const isKnown = ({ slope, gain, inN }: Progress): boolean => slope < ANSWERED || (slope < 1 && inN < GROWTH * gain);', 'const isKnown = ({ gain, lately }: Progress): boolean => lately < 0.001 * gain;', 'a trace that stands still for ten steps is known'],
    ['absolute: errors.absolute * s }', 'absolute: errors.absolute }', 'τ stays what the last layer says'],
    ['const SMALL = 0.1;', 'const SMALL = 0.9;', 'nearly anything is determined'],
    [' && normInf(y) > 0', '', 'where x = 0 fits the error is 0'],
    ['error < SMALL && solutions', 'solutions', 'an image of one layer is determined whatever its error'],
    ["  expectFinite('theta', network.theta.data);\n", '', 'weights that are not finite pass'],
  ],

  'src/tensor/cholesky.ts': [
    ['row.subarray(0, j), other', 'row, other', 'the sum goes past j'],
    ['square > 0 && ', '', 'a matrix that is not positive definite has a factor'],
    ['b[i] /= L[i * n + i];', '', 'Lᵀ without its diagonal'],
    ['- dot(row, row)', '', 'a diagonal of A'],
  ],

  'src/optim/woodbury.ts': [
    ['row[j] += 1;', '', 'S without I'],
    ['    axpy(-1, Kx, z);\n', '', 'G alone'],
    ['(row + 1) * p), z.subarray(start,', '(row + 1) * p), z.subarray(0,', 'all blocks in the first one’s place'],
    ['    choleskySolve(S, y);\n', '', 'S is 1'],
    ['if (!cholesky(S, m)) return undefined;', 'cholesky(S, m);', 'what has overflowed has an inverse'],
    ['if (!cholesky(G, p)) return undefined;', 'cholesky(G, p);', 'any G has an inverse'],
    ['!Number.isInteger(n / p) || ', '', 'blocks may stick out of M'],
  ],

  'src/optim/conjugate-gradients.ts': [
    ['next / gamma', '0', 'steepest descent'],
    ['const LATELY = 10', 'const LATELY = 5', 'the last five steps for ten'],
    ['gamma === 0 ? 0 : Math.abs(gamma / first)', 'gamma / first', 'nothing to do has no slope'],
    ['Math.abs(gamma / first)', 'gamma / first', 'γ < 0 passes for an end'],
    ['A.least ?? Number.EPSILON ** 2', 'A.least ?? 0', 'steps go on in rounding errors'],
    ['p[i] = z[i] + beta', 'p[i] = s[i] + beta', 'M is forgotten after the first step'],
    ['const next = dot(s, z)', 'const next = dot(s, s)', 'γ without M'],
    ['A.precondition ? A.precondition(s, z) : z.set(s)', 'z.set(s)', 'M is 1'],
    ['A.least ?? ', '', 'rounding is the same for every M'],
    ['if (c) axpy(1, c, s);\n    precondition();', 'precondition();', 'c is forgotten after the first step'],
    ['A.times(x, q);\n  axpy(-1, q, r);\n', '', 'x is taken to be 0'],
    ['gain += gains[steps++ % gains.length] = alpha * gamma', 'gain += gains[steps++ % gains.length] = alpha', 'gains without γ'],
    ['totals[steps % totals.length] = gain;', '', 'the last n steps are never counted'],
    ['gain: Infinity };', 'gain };', 'a direction that A does not see ends nowhere'],
  ],

  'src/attack/gradient-matching.ts': [
    ['v[i] = 2 * difference', 'v[i] = difference', 'the 2 of a square’s derivative'],
    ['g[i] - shared[i]', 'shared[i] - g[i]', 'uphill'],
    ['network.sample(1 / batch)', 'network.sample()', 'a batch’s sum instead of its mean'],
    ['this.#gradient.data.fill(0);', '', '∇W′ adds up over evaluations'],
    ['copy(x, i * sample.x.data.length,', 'copy(x, 0,', 'one image for the whole batch'],
    ['copy(t, i * sample.t.length,', 'copy(t, 0,', 'one label for the whole batch'],
    ['gradX, i * data.length,', 'gradX, 0,', 'all of ∂L_G/∂x in one image’s place'],
    ['gradT, i * length,', 'gradT, 0,', 'all of ∂L_G/∂t in one label’s place'],
    ["expectFinite('shared gradient', shared.data);", '', 'a gradient with a NaN'],
    ['batch === 1 ? shared.withOuter() : shared', 'shared.withOuter()', 'a batch’s last image only in the last layer'],
    ['if (outer) objective += outer.square;', '', 'L_G without the last layer’s matrix'],
  ],

  'src/attack/idlg.ts': [
    ['oneHot(label, network.classes), i', 'oneHot(0, network.classes), i', 'the label is not used'],
    ['extractLabel(lastLayer(gradient), options.labelRule)', 'extractLabel(lastLayer(gradient))', 'the rule asked for is not used'],
    ['i * network.classes))', '0))', 'a batch: one label for all'],
    ['labels, shape, options)', 'labels, network.inShape, options)', 'a batch: its first image only is descended'],
    ['batch, options.labelRule)', 'batch)', 'a batch: the rule asked for is not used'],
  ],

  'src/attack/dlg.ts': [
    ['softmax(u, t);', 't.set(u);', 'the logits are the label'],
    ['softmaxBackward(t, gradT, gradU);', 'gradU.set(gradT);', '∂L_G/∂u is ∂L_G/∂t'],
    ['grad.set(gradU, xSize);', '', 'the label is never moved'],
    ['u.set(options.startLogits);', '', 'startLogits are not used'],
  ],

  'src/attack/metrics.ts': [
    ['return sum / a.data.length', 'return sum', 'MSE: a sum'],
    ['-10 * Math.log10', '-20 * Math.log10', 'PSNR of amplitudes'],
    ['const SIGMA = 1.5', 'const SIGMA = 1', 'SSIM: a narrower window'],
    ['const C2 = 0.03 ** 2', 'const C2 = 0.02 ** 2', 'SSIM: another C₂'],
    ['2 * covariance + C2', 'covariance + C2', 'SSIM: half the covariance'],
    ['row + WINDOW <= height', 'row + WINDOW < height', 'SSIM: the last windows are left out'],
  ],
};

/** The folders of test, in reading order, that are run after a file's own. */
const FOLDERS = ['tensor', 'nn', 'optim', 'attack'];
const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
/** A mutant that has run so long is in an endless loop. */
const MOST_SECONDS = 900;
/** uvu's mark of a test that fails. */
const CROSS = '✘';

interface Mutation {
  readonly file: string;
  readonly why: string;
  /** The whole file with the one change. */
  readonly mutant: string;
}

/** The table's mutations of files with `filter` in their name. @throws where a text does not occur exactly once. */
function mutationsOf(filter: string): Mutation[] {
  const complaints: string[] = [];
  const mutations = Object.entries(MUTATIONS).filter(([file]) => file.includes(filter)).flatMap(([file, rows]) => {
    const source = fs.readFileSync(join(REPOSITORY, file), 'utf8');
    return rows.map(([from, to, why]) => {
      const count = source.split(from).length - 1;
      if (count !== 1) complaints.push(`${file}: expected «${from}» once, got it ${count} times`);
      return { file, why, mutant: source.replace(from, () => to) };
    });
  });
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  if (mutations.length === 0) throw new Error(`no file of the table has «${filter}» in its name`);
  return mutations;
}

/** A copy of the sources and tests, which may be spoilt. */
function copyOfRepository(): string {
  const copy = fs.mkdtempSync(join(tmpdir(), 'idlg-mutations-'));
  for (const name of ['src', 'test', 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
    fs.cpSync(join(REPOSITORY, name), join(copy, name), { recursive: true });
  }
  fs.symlinkSync(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The test files of a folder whose names match; none where there is no such folder. */
function testsOf(folder: string, pattern: RegExp): string[] {
  const path = join(REPOSITORY, 'test', folder);
  return fs.existsSync(path) ? fs.readdirSync(path).filter((name) => pattern.test(name)) : [];
}

/** The runs that look for a failure, likely ones first: each a folder and the test files in it. */
function runsFor(file: string): { folder: string; pattern: RegExp }[] {
  const own = basename(dirname(file)), name = basename(file, '.ts');
  const folders = [own, ...FOLDERS.filter((folder) => folder !== own)];
  const runs = [
    { folder: own, pattern: new RegExp(`^${name}\\.test\\.ts$`) },
    ...folders.map((folder) => ({ folder, pattern: new RegExp(`^(?!${name}\\.).*\\.test\\.ts$`) })),
  ];
  return runs.filter(({ folder, pattern }) => testsOf(folder, pattern).length > 0);
}

/** Runs tests in a copy up to the first that fails: its name, or its place in its file; undefined where none fails. */
function firstFailure(copy: string, folder: string, pattern: RegExp): Promise<string | undefined> {
  const uvu = join('node_modules', 'uvu', 'bin.js');
  const { FIXTURES: _, ...env } = process.env; // the copy has its own
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', uvu, '--bail', '--no-color', join('test', folder), pattern.source],
    { cwd: copy, env, timeout: MOST_SECONDS * 1000, killSignal: 'SIGKILL' },
  );
  let output = '', failed = false;
  const listen = (data: Buffer): void => {
    output += data;
    if (failed || !output.includes(CROSS)) return;
    failed = true;
    // uvu names the test at the end of its file: worth a wait, but not for a file of minutes.
    setTimeout(() => child.kill('SIGKILL'), 2000).unref();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const text = stripVTControlCharacters(output);
      if (code === 0) resolve(undefined);
      else if (/SyntaxError|TransformError|Transform failed|ReferenceError/.test(text)) reject(new Error(text));
      else if (failed) resolve(/FAIL {2}"(.*)"/.exec(text)?.[1] ?? placeOf(text));
      else if (code === null) resolve(`(no end after ${MOST_SECONDS} s)`);
      else resolve(text.trim().split('\n').slice(0, 3).join(' '));
    });
  });
}

/** Where uvu's output has its first cross: a line with the file's name, and one with a mark for each test. */
function placeOf(text: string): string {
  const [marks, file] = text.slice(0, text.indexOf(CROSS) + 1).split('\n').reverse();
  return `${file}, test ${marks.trim().split(' ').length}`;
}

/** Whoever notices the mutation: the name of a test, undefined where it survives. */
async function killerOf({ file, mutant }: Mutation, copy: string): Promise<string | undefined> {
  const path = join(copy, file), source = fs.readFileSync(path, 'utf8');
  fs.writeFileSync(path, mutant);
  try {
    for (const { folder, pattern } of runsFor(file)) {
      const failure = await firstFailure(copy, folder, pattern);
      if (failure) return failure;
    }
    return undefined;
  } finally {
    fs.writeFileSync(path, source);
  }
}

async function main(filter = ''): Promise<void> {
  const mutations = mutationsOf(filter);
  const copies = Array.from({ length: Math.min(availableParallelism(), mutations.length) }, copyOfRepository);
  try {
    const folders = mutations.flatMap(({ file }) => runsFor(file).map(({ folder }) => folder));
    for (const folder of new Set(folders)) {
      const failure = await firstFailure(copies[0], folder, /\.test\.ts$/);
      if (failure) throw new Error(`test/${folder} fails without a mutation: ${failure}`);
    }
    let next = 0;
    const survivors: Mutation[] = [];
    await Promise.all(copies.map(async (copy) => {
      while (next < mutations.length) {
        const mutation = mutations[next++];
        const killer = await killerOf(mutation, copy);
        if (!killer) survivors.push(mutation);
        const { file, why } = mutation, result = killer ? 'killed  ' : 'SURVIVED';
        console.log(`${result}  ${file.padEnd(33)}  ${why.padEnd(48)}  ${killer ?? ''}`);
      }
    }));
    console.log(`\n${mutations.length} mutations, ${survivors.length} survived`);
    for (const { file, why } of survivors) console.log(`  ${file}: ${why}`);
    if (survivors.length > 0) process.exitCode = 1;
  } finally {
    for (const copy of copies) fs.rmSync(copy, { recursive: true });
  }
}

await main(process.argv[2]);
