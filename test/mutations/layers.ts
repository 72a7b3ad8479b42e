/** @file What is made wrong in src/layers. */
import type { Table } from './engine.ts';

export const LAYERS: Table = {
  'src/layers/residual.ts': [
    [
      'this.shortcut?.forward(x, p.shortcut) ?? x', 'this.shortcut?.forward(x, p.shortcut) ?? this.#y',
      'y: the shortcut is y',
    ],
    ['`${other.inShape}` !== `${inShape}` || ', '', 'the two ways may begin with different shapes'],
    [' || `${other.outShape}` !== `${outShape}`', '', 'the two ways may end in different shapes'],
    ['grad.shortcut) ?? gradY;', 'grad.shortcut) ?? this.#gradX;', '∂x: what goes around the branch is lost'],
    ['rP.shortcut) ?? rX;', 'rP.shortcut) ?? this.#rGradX;', 'R{y}: R{x} is lost'],
    ['rGrad?.shortcut) ?? rGradY;', 'rGrad?.shortcut) ?? this.#rY;', 'R{∂x}: what goes around the branch is lost'],
    ['a.data[i] + b.data[i]', 'a.data[i] - b.data[i]', 'the two ways are subtracted'],
    ['p.branch, rP.branch, rGrad?.branch', 'p.branch, p.branch, rGrad?.branch', 'rBackward of the branch along θ'],
  ],

  'src/layers/max-pool2d.ts': [
    ['x.data[q] > x.data[best] ||', 'x.data[q] >= x.data[best] ||', 'the last of equals is chosen'],
    [' || Number.isNaN(x.data[q])', '', 'NaN is hidden'],
    [
      'a < 0 || a >= height || b < 0 || b >= width', 'a >= height || b >= width || a * width + b < 0',
      'pixels left of the image are those of the row before',
    ],
    ['stride = kernel', 'stride = 1', 'windows overlap by default'],
    ['2 * padding > kernel', 'padding > kernel', 'a window may lie outside the image'],
    ['rX.data[this.#chosen[at]]', 'rX.data[at]', 'R{y} is not that of the chosen pixel'],
    [
      'gradX.data[this.#chosen[at]] += gradY.data[at]', 'gradX.data[this.#chosen[at]] = gradY.data[at]',
      'a pixel chosen twice has its last ∂y only',
    ],
    ['    gradX.data.fill(0);\n', '', '∂x is added to that of the last run'],
    ['Number.isInteger(size) && size >= min', 'size >= min', 'a stride of 1.5'],
    ['if (inShape.length !== 4)', 'if (inShape.length < 4)', 'a fifth side is ignored'],
    ['(map * height + a) * width + b', '(map * width + a) * width + b', 'maps are as high as wide'],
  ],

  'src/layers/batch-norm2d.ts': [
    [
      'v += ((x.data[i] - m) * (x.data[i] - m)) / entries.length',
      'v += ((x.data[i] - m) * (x.data[i] - m)) / (entries.length - 1)', 'the unbiased variance',
    ],
    ['1 / Math.sqrt(v + this.#eps)', '1 / (Math.sqrt(v) + this.#eps)', 'ε beside the root'],
    ['const k = w.data[c] * this.#s[c], mean', 'const k = this.#s[c], mean', '∂x without w'],
    ['k * (g[i] - mean - xHat[i] * meanXHat)', 'k * (g[i] - mean)', '∂x: the variance is a constant'],
    ['k * (g[i] - mean - xHat', 'k * (g[i] - xHat', '∂x: the mean is a constant'],
    ['(x[i] - m) * (rX.data[i] - rM);', '(x[i] - m) * rX.data[i] + rM * 0.01;', 'R{v} off'],
    ['-0.5 * s * s * s * rV', '-0.5 * s * s * rV', 'R{s}: s squared'],
    ['rS * (x[i] - m) + s * (rX.data[i] - rM)', 's * (rX.data[i] - rM)', 'R{x̂} without R{s}'],
    [' + rB.data[c]', '', 'R{y} without R{b}'],
    ['rSumXHat += rG[i] * xHat[i] + g[i] * rXHat[i]', 'rSumXHat += rG[i] * xHat[i]', 'R{∂w} without ∂y R{x̂}'],
    [' + w.data[c] * this.#rS[c]', '', 'R{k} without w R{s}'],
    [' - rXHat[i] * meanXHat', '', 'R{u} without R{x̂} ⟨∂y x̂⟩'],
    [' - xHat[i] * rMeanXHat', '', 'R{u} without x̂ R{⟨∂y x̂⟩}'],
    ['const rU = rG[i] - rMean', 'const rU = rG[i]', 'R{u} without ⟨R{∂y}⟩'],
    ['this.#running ? 0 : sum / entries.length', 'sum / entries.length', 'eval mode: the statistics depend on x'],
    ['} else if (batch * size === 1) {', '} else if (false) {', 'a variance of one number'],
    ['grad.bias.data[c] += sum;', 'grad.bias.data[c] = sum;', '∂b overwrites'],
    ['rGrad.weight.data[c] += rSumXHat;', 'rGrad.weight.data[c] = rSumXHat;', 'R{∂w} overwrites'],
    ['!(eps > 0)', 'eps <= 0', 'ε may be NaN'],
    ['if (least < 0)', 'if (least < -1)', 'a running variance may be negative'],
    ["expectFinite('BatchNorm2d running mean', running.mean.data);", '', 'a running mean may be NaN'],
  ],

  'src/layers/normalize.ts': [
    ['(a.data[at] - (shift ? shift[c] : 0)) / ', '(a.data[at] - (shift ? shift[0] : 0)) / ', 'one mean for all'],
    ['* v + this.#mean', '* v - this.#mean', 'denormalize: the mean is subtracted again'],
    ['/ this.#std[c];', '/ this.#std[0];', 'one std for all'],
    ['Math.floor(at / sizeOf(sides)) % channels', 'Math.floor(at / sizeOf(sides) / channels)', 'one channel an image'],
    ['this.#divide(gradY, undefined, this.#gradX)', 'this.#divide(gradY, this.#mean, this.#gradX)', '∂x less the mean'],
    ['this.#divide(rX, undefined, this.#rY)', 'this.#divide(rX, this.#mean, this.#rY)', 'R{y} less the mean'],
    [
      'this.#divide(rGradY, undefined, this.#rGradX)', 'this.#divide(rGradY, this.#mean, this.#rGradX)',
      'R{∂x} less the mean',
    ],
    ["(name === 'std' && value <= 0)", 'false', 'a std of 0'],
    ['numbers.length !== 1 && numbers', 'numbers', 'one number for all channels is refused'],
  ],

  'src/layers/dropout.ts': [
    ['mask[i] ? 1 / (1 - p) : 0', 'mask[i] ? 1 : 0', 'what stays is not divided by 1 − p'],
    ['mask[i] ? 1 / (1 - p)', '!mask[i] ? 1 / (1 - p)', 'what stays is dropped'],
    ['!mask ? 1 :', '!mask ? 1 / (1 - p) :', 'eval mode divides too'],
    ['k[at % k.length] *', '(k[at] ?? 1) *', 'only the first image has a mask'],
    ['p >= 0 && p < 1', 'p >= 0 && p <= 1', 'everything may be dropped'],
    ['mask && mask.length !== size', 'false', 'a mask of another size'],
    ['.filter(({ layer }) => !(layer instanceof Dropout))', '.slice()', 'the mask beside the layer that it replaces'],
    ['network.batch, network.theta', 'network.batch', 'other weights'],
  ],

  'src/layers/layout.ts': [
    ['bias.data.length === last && last !== first', 'bias.data.length === last', 'a square weight is Keras’'],
    ['first === second && third !== fourth', 'third !== fourth', 'any kernel that is not square is Keras’'],
    ['if (out !== 1) return;', 'return;', 'a regression has classes'],
  ],

  'src/layers/self-attention.ts': [
    ['causal ? begins.slice(0, t + 1) : begins', 'begins', 'causal layers see everything'],
    ['begins.slice(0, t + 1)', 'begins.slice(0, t)', 'no token sees itself'],
    ['A[j] += kappa * Q', 'A[j] += Q', 'scores are not scaled'],
    ['gradQ[t + c] += kappa * gradS', 'gradQ[t + c] += gradS', '∂Q is not scaled'],
    [
      'gradK[seen[j] + c] += kappa * gradS[j] * Q[t + c]', 'gradK[seen[j] + c] += kappa * gradS[j] * Q[seen[j] + c]',
      '∂K from other queries',
    ],
    [
      'gradV[seen[j] + c] += A[j] * gradO[t + c]', 'gradV[seen[j] + c] = A[j] * gradO[t + c]',
      '∂V: the last token only',
    ],
    [' + Q[t + c] * rK[seen[j] + c])', ')', 'R{S} without Q R{K}ᵀ'],
    ['softmaxBackward(A, rA, rA); //', '//', 'R{A} = R{S}'],
    [' + A[j] * rV[seen[j] + c];', ';', 'R{O} without A R{V}'],
    [' + gradO[t + c] * rV[seen[j] + c];', ';', 'R{∂A} without ∂O R{V}'],
    [
      'rGradS[j] += rA[j] * (gradA[j] - mean) - A[j] * rMean', 'rGradS[j] += rA[j] * (gradA[j] - mean)',
      'R{∂S} without A ⟨R{A}, ∂A⟩',
    ],
    ['rA[j] * (gradA[j] - mean)', 'rA[j] * gradA[j]', 'R{∂S} without R{A} ⟨A, ∂A⟩'],
    [' + gradS[j] * rK[seen[j] + c]);', ');', 'R{∂Q} without ∂S R{K}'],
    [' + gradS[j] * rQ[t + c]);', ');', 'R{∂K} without ∂S R{Q}'],
    ['rA[j] * gradO[t + c] + A[j] * rGradO[t + c];', 'A[j] * rGradO[t + c];', 'R{∂V} without R{A} ∂O'],
    ['  c.data.fill(0);\n', '', '∂x is added to that of the last run'],
    ['heads >= 1 && ', '', 'no heads'],
    [' && Number.isInteger(width)', '', 'heads that do not divide d'],
  ],

  'src/layers/stack.ts': [
    ['shape.length === 4', 'shape.length === 3', 'no Flatten after a map'],
    [
      '!Object.hasOwn(LAYERS, layer?.type)', '!(layer && String(layer.type) in LAYERS)', 'toString is a type',
    ],
    ['if (unknown >= 0) {', 'if (unknown > 0) {', 'the first layer may have an unknown type'],
    ['if (named === data.length) return network;', 'return network;', 'two tensors may share a name'],
    ['name ?? `${k}`', 'name ?? type', 'layers without names are called by their type'],
    ['if (activation) add(', 'if (activation && k > 0) add(', 'the first layer has no activation'],
    ['shortcut && buildSequence(shortcut, inShape)', 'undefined', 'no shortcut'],
  ],

  'src/layers/load-parameters.ts': [
    ['if (unknown !== undefined) {', 'if (false) {', 'unknown tensors are ignored'],
    ['if (missing) throw', 'if (false) throw', 'a missing tensor is no RangeError'],
    ['expectShape(name, named.get(name)!, shape)', '{}', 'a tensor of another shape is copied'],
  ],

  'src/layers/checkpoint.ts': [
    ['if (found) return found;', 'if (found) return found.map(() => 1);', 'the size that is given is not used'],
    ['SIDES.findLast((n)', 'SIDES.find((n)', 'the smallest image that fits'],
    [
      '[channels ?? maps[k], height, width]', '[maps[k], height, width]',
      'as many channels as the last convolution has',
    ],
    ['for (const [name, { data }] of used) expectFinite(name, data);', '', 'weights that are NaN'],
    ['  loadParameters(network.theta, used);\n', '', 'weights of zeros'],
    ['tensors].filter(([name]) => theta.tensors.has(name))', 'tensors]', 'tensors of no layer are an error'],
    ['height !== width && shape(height, width)', 'shape(height, width)', 'a square is a rectangle'],
    ['shape(n, n)).slice(0, -1)', 'shape(n, n))', 'the size that is taken is another'],
    [
      'weighted = layers.filter(isWeighted), [first]', 'weighted = layers as any[], [first]',
      'arrays without names for layers without tensors',
    ],
    ['  expectClasses(`${last.name}.weight`, tensors.get(`${last.name}.weight`)!);\n', '', 'one output has classes'],
    ['if (kernel !== width)', 'if (false)', 'a kernel that is not square'],
    ['layer.kernel !== undefined && layer.kernel !== kernel', 'false', 'a kernel other than described'],
    ['Number(a.slice(4)) - Number(b.slice(4))', '0', 'unnamed arrays in the order of their file'],
    ['array.shape.length > 1', 'array.shape.length > 3', 'unnamed arrays: the weight of a linear layer is a bias'],
    ['name.slice(prefix.length)', 'name', 'a prefix stays'],
    ['  expectRoom(weighted, imageShape);\n', '', 'maps of any size'],
    ['stride = 1, padding = 0 } = layer, [', 'stride = 1 } = layer, padding = 0, [', 'the padding is forgotten'],
    ["bias = tensors.has(`${name}.bias`)", 'bias = true', 'always a bias'],
    ['count < 1 ? NaN : count', 'count', 'a kernel may be larger than its image'],
  ],
};
