/** @file What is made wrong in src/nn. */
import type { Row, Table } from './engine.ts';

/** What stands in each pass of conv2d.ts before the line with its sums: all that its tap (c, u, v) is about. */
const TAP = `const a = stride * i + u - padding, b = stride * j + v - padding;
              if (a < 0 || a >= height || b < 0 || b >= width) continue;
              const w = ((o * channels + c) * kernel + u) * kernel + v;
              const q = ((n * channels + c) * height + a) * width + b;
              `;

/** Rows that change the tap of the pass with this line. */
function atTap(pass: string, line: string, rows: readonly Row[]): Row[] {
  return rows.map(([from, to, why]) => [TAP + line, TAP.replace(from, to) + line, `${pass}: ${why}`]);
}

export const NN: Table = {
  'src/nn/activation.ts': [
    ['exp(-x)', 'exp(x)', 'sigmoid of −x'],
    ['first: (_, y) => y * (1 - y)', 'first: (_, y) => y * y', 'sigmoid: f′ = y²'],
    ['y * (1 - y) * (1 - 2 * y)', 'y * (1 - y)', 'sigmoid: f″ is f′'],
    ['1 - 2 * y)', '2 * y - 1)', 'sigmoid: f″ with the other sign'],
    ['(_, y) => 1 - y * y', '(_, y) => 1 - y', 'tanh: f′ = 1 − y'],
    ['-2 * y * (1 - y * y)', '1 - y * y', 'tanh: f″ is f′'],
    ['-2 * y', '2 * y', 'tanh: f″ with the other sign'],
    ['x <= 0 ? 0 : x', 'x > 0 ? x : 0', 'relu: NaN becomes 0'],
    ['x > 0 ? 1 : 0', 'x >= 0 ? 1 : 0', 'relu: f′(0) = 1'],
    ['second: () => 0', 'second: (x) => (x > 0 ? 1 : 0)', 'relu: f″ is f′'],
    ['first(x[i], y[i]) * gradY.data[i]', 'gradY.data[i]', '∂x without f′'],
    ['first(x[i], y[i]) * rX.data[i]', 'rX.data[i]', 'R{y} without f′'],
    ['first(x[i], y[i]) * rGradY.data[i] + ', '', 'R{∂x} without f′ R{∂y}'],
    [' + second(x[i], y[i]) * rX[i] * gradY[i]', '', 'R{∂x} without f″ R{x} ∂y'],
    ['second(x[i], y[i]) * rX[i]', 'first(x[i], y[i]) * rX[i]', 'R{∂x}: f′ for f″'],
    ['    this.#gradY = gradY;\n', '', '∂y is forgotten'],
    ['    this.#rX = rX;\n', '', 'R{x} is forgotten'],
    ['!ACTIVATIONS.includes(f)', '!(f in TABLE)', 'toString is an activation'],
  ],

  'src/nn/softmax-cross-entropy.ts': [
    ['let max = -Infinity', 'let max = 0', 'softmax underflows if all logits are small'],
    ['exp(y[i] - max)', 'exp(y[i])', 'softmax overflows'],
    ['return max + log(sum)', 'return log(sum)', 'log Σ e^y of the shifted logits'],
    ['const shift = gradT[argmax(t)]', 'const shift = 0', 'softmaxBackward cancels for the likeliest class'],
    ['gradU[i] = t[i] * (gradT[i] - shift - mean)', 'gradU[i] = t[i] * (gradT[i] - shift)', '∂/∂u without ⟨t, ∂/∂t⟩'],
    ['gradU[i] = t[i] * (gradT[i] - shift - mean)', 'gradU[i] = gradT[i] - shift - mean', '∂/∂u without t'],
    ['Number.isInteger(c) && ', '', 'a class may be 0.5'],
    ['c >= 0 && ', '', 'a class may be −1'],
    ['c < classes;', 'c <= classes;', 'a class too many'],
    ['g[i] = p[i] - t[i]', 'g[i] = t[i] - p[i]', 'Eq. (2) with the other sign, except for the label'],
    ['if (t[i] !== 1) continue;', 'continue;', 'Eq. (2): p_c − 1 cancels'],
    ['g[i] -= p[j]', 'g[i] += p[j]', 'Eq. (2) with the other sign for the label'],
    ['if (j !== i) g[i]', 'g[i]', 'Eq. (2): the label is among the others'],
    ['if (label !== 0) loss', 'loss', 'Eq. (1): 0 · ∞'],
    ['(logSum - logits[i])', '-logits[i]', 'Eq. (1) without log Σ e^y'],
    ['(label / batch) * (logSum', 'label * (logSum', 'Eq. (1): a sum over the batch for the mean'],
    ['this.#gradY.data[i] /= batch', 'this.#gradY.data[i]', '∂ℓ/∂y: a sum over the batch for the mean'],
    ['const shift = r[argmax(p[n])]', 'const shift = 0', 'R{∂ℓ/∂y} cancels for the likeliest class'],
    ['mean += p[n][i] * (r[i] - shift)', 'mean += p[n][i] * r[i]', '⟨p, R{y}⟩ of R{y} that are not shifted'],
    ['p[n][i] * (r[i] - shift - mean)', 'p[n][i] * (r[i] - shift)', 'R{∂ℓ/∂y} without ⟨p, R{y}⟩'],
    ['p[n][i] * (r[i] - shift - mean)', 'p[n][i] * -mean', 'R{∂ℓ/∂y} without R{y}'],
    ['p[n][i] * (r[i] - shift - mean)', '(r[i] - shift - mean)', 'R{∂ℓ/∂y} without p'],
    ['(r[i] - shift - mean)) / batch', '(r[i] - shift - mean))', 'R{∂ℓ/∂y}: a sum over the batch for the mean'],
    ['(mean - (r[i] - shift))', '-(r[i] - shift)', 'R{∂ℓ/∂t} without ⟨p, R{y}⟩'],
    ['(mean - (r[i] - shift))', 'mean', 'R{∂ℓ/∂t} without R{y}'],
    ['(mean - (r[i] - shift))', '(r[i] - shift - mean)', 'R{∂ℓ/∂t} with the other sign'],
    ['(mean - (r[i] - shift)) / batch', 'mean - (r[i] - shift)', 'R{∂ℓ/∂t}: a sum over the batch for the mean'],
  ],

  'src/nn/linear.ts': [
    ['bias = true }', 'bias = false }', 'no bias by default'],
    ['[...inShape, out].every((n) => Number.isInteger(n) && ', '[...inShape, out].every((n) => ', 'half an input'],
    ['sizeOf(inShape) / features', 'inShape[0]', 'the rows of x are the samples'],
    [
      'weight: [out, features], ...(bias && { bias: [out] })', '...(bias && { bias: [out] }), weight: [out, features]',
      'b lies before W',
    ],
    ['(this.#y ??= zeros(this.outShape), bias)', '(this.#y ??= zeros(this.outShape), undefined)', 'y without b'],
    ['addAtB(this.#out, this.#rows, this.#in, gradY.data, this.#x.data, grad.weight.data);', '', '∂W without ∂yᵀ x'],
    ['this.#addColumnSums(gradY, grad.bias);', '', '∂b without Σₙ ∂y'],
    ['gradX = (this.#gradX ??= zeros(this.inShape)).data.fill(0)', 'gradX = (this.#gradX ??= zeros(this.inShape)).data', '∂x adds up over runs'],
    ['    this.#rX = rX;\n', '', 'R{x} is forgotten'],
    ['    this.#gradY = gradY;\n', '', '∂y is forgotten'],
    ['(this.#rY ??= zeros(this.outShape), rBias)', '(this.#rY ??= zeros(this.outShape), undefined)', 'R{y} without R{b}'],
    ['addABt(this.#rows, this.#in, this.#out, this.#x.data, rWeight.data, rY.data);', '', 'R{y} without x R{W}ᵀ'],
    ['addABt(this.#rows, this.#in, this.#out, rX.data, weight.data, rY.data);', '', 'R{y} without R{x} Wᵀ'],
    [
      'addAtB(this.#out, this.#rows, this.#in, rGradY.data, this.#x.data, rGrad.weight.data);', '',
      'R{∂W} without R{∂y}ᵀ x',
    ],
    [
      'addAtB(this.#out, this.#rows, this.#in, this.#gradY.data, this.#rX.data, rGrad.weight.data);', '',
      'R{∂W} without ∂yᵀ R{x}',
    ],
    ['this.#addColumnSums(rGradY, rGrad.bias);', '', 'R{∂b} without Σₙ R{∂y}'],
    ['(this.#rGradX ??= zeros(this.inShape)).data.fill(0)', '(this.#rGradX ??= zeros(this.inShape)).data', 'R{∂x} adds up over runs'],
    [
      'addAB(this.#rows, this.#out, this.#in, this.#gradY.data, rP.weight.data, rGradX);', '',
      'R{∂x} without ∂y R{W}',
    ],
    [
      'addAB(this.#rows, this.#out, this.#in, rGradY.data, weight.data, rGradX);', '',
      'R{∂x} without R{∂y} W',
    ],
    ['at % this.#out] : 0', 'at % this.#out] : y[at]', 'without a bias y adds up over runs'],
    [
      'gradBias.data[at % this.#out] += gradY[at]', 'gradBias.data[at % this.#out] = gradY[at]',
      '∂b of the last row only',
    ],
  ],

  'src/nn/conv2d.ts': [
    ['stride = 1, padding', 'stride = 2, padding', 'another default stride'],
    ['padding = 0, bias', 'padding = 1, bias', 'another default padding'],
    ['bias = true }', 'bias = false }', 'no bias by default'],
    ['n + 2 * padding - kernel', 'n + padding - kernel', 'padding on one side only'],
    ['/ stride) + 1', '/ stride)', 'one window less'],
    ['padding + 1, rows', 'rows', 'padding may be negative'],
    ['rows, columns].every', 'rows].every', 'the kernel may be wider than the image'],
    ['kernel, kernel], ...(bias && { bias: [out] })', 'kernel, kernel], bias: [out]', 'always a bias'],
    ...atTap('y', 'sum += W[w] * x.data[q];', [
      ['i + u - padding', 'i + u - padding + 1', 'a row too low'],
      ['b = stride * j', 'b = j', 'the stride is ignored along a row'],
      ['b < 0 || ', '', 'pixels left of the image are those of the row above'],
      ['kernel + u) * kernel + v', 'kernel + v) * kernel + u', 'the kernel is transposed'],
      ['c) * height + a', 'c) * width + a', 'channels are as high as wide'],
      ['n * channels + c', 'c', 'the first image for all'],
    ]),
    ['bias ? bias.data[o] : 0', '0', 'y without b'],
    ...atTap('∂W and ∂x', 'gradW[w] += g * x[q];', [
      ['a = stride * i + u - padding', 'a = stride * i + u', 'padding is forgotten'],
      ['b = stride * j', 'b = j', 'the stride is ignored along a row'],
      ['b >= width', 'b > width', 'pixels right of the image are those of the row below'],
      ['kernel + u) * kernel + v', 'kernel + v) * kernel + u', 'the kernel is transposed'],
      ['n * channels + c', 'c', 'the first image for all'],
    ]),
    ['if (grad.bias) grad.bias.data[o] += g;', '', '∂b without Σ ∂y'],
    ['gradW[w] += g * x[q]', 'gradW[w] = g * x[q]', '∂W: the last window only'],
    ['gradX[q] += W[w] * g', 'gradX[q] = W[w] * g', '∂x: the last window only'],
    ['(this.#gradX ??= zeros(this.inShape)).data.fill(0)', '(this.#gradX ??= zeros(this.inShape)).data', '∂x adds up over runs'],
    ['    this.#gradY = gradY;\n', '', '∂y is forgotten'],
    ['    this.#rX = rX;\n', '', 'R{x} is forgotten'],
    ['rP.bias ? rP.bias.data[o] : 0', '0', 'R{y} without R{b}'],
    ['rW[w] * x[q] + W[w] * rX.data[q]', 'W[w] * rX.data[q]', 'R{y} without R{W} x'],
    ['rW[w] * x[q] + W[w] * rX.data[q]', 'rW[w] * x[q]', 'R{y} without W R{x}'],
    ...atTap('R{y}', 'sum += rW[w] * x[q] + W[w] * rX.data[q];', [
      ['j + v - padding', 'j + v - padding - 1', 'a column too far left'],
      ['a = stride * i', 'a = i', 'the stride is ignored along a column'],
      ['a < 0 || ', '', 'pixels above the image are those of the channel before'],
      ['kernel + u) * kernel + v', 'kernel + v) * kernel + u', 'the kernel is transposed'],
    ]),
    ['if (rGrad?.bias) rGrad.bias.data[o] += rG;', '', 'R{∂b} without Σ R{∂y}'],
    ['rW[w] * g + W[w] * rG', 'W[w] * rG', 'R{∂x} without R{W} ∂y'],
    ['rW[w] * g + W[w] * rG', 'rW[w] * g', 'R{∂x} without W R{∂y}'],
    ['rG * this.#x.data[q] + g * this.#rX.data[q]', 'g * this.#rX.data[q]', 'R{∂W} without R{∂y} x'],
    ['rG * this.#x.data[q] + g * this.#rX.data[q]', 'rG * this.#x.data[q]', 'R{∂W} without ∂y R{x}'],
    ['(this.#rGradX ??= zeros(this.inShape)).data.fill(0)', '(this.#rGradX ??= zeros(this.inShape)).data', 'R{∂x} adds up over runs'],
    ...atTap('R{∂x}', 'rGradX[q] += rW[w] * g + W[w] * rG;', [
      ['i + u - padding', 'i + u - padding + 1', 'a row too low'],
      ['b = stride * j', 'b = j', 'the stride is ignored along a row'],
      ['b < 0 || ', '', 'pixels left of the image are those of the row above'],
      ['kernel + u) * kernel + v', 'kernel + v) * kernel + u', 'the kernel is transposed'],
    ]),
  ],

  'src/nn/flatten.ts': [
    ['inShape.slice(1)', 'inShape', 'a row holds the whole batch'],
    ['return { shape: this.inShape, data: gradY.data }', 'return gradY', '∂x keeps the shape of ∂y'],
  ],

  'src/nn/sequence.ts': [
    ['if (!isNew)', 'if (false)', 'two layers may share a name'],
    ['if (`${got}` !== `${inShape}`)', 'if (false)', 'layers need not fit one another'],
    [
      'this.parts.reduceRight((g, { name, layer }) => layer.backward',
      'this.parts.reduce((g, { name, layer }) => layer.backward', 'backward from first to last',
    ],
    ['layer.rForward(rY, p[name], rP[name])', 'layer.rForward(rY, p[name], p[name])', 'R{y} along θ'],
    ['layer.rBackward(g, p[name], rP[name]', 'layer.rBackward(g, p[name], p[name]', 'R{∂x} along θ'],
    [', rGrad?.[name])', ')', 'R{∂θ} is left out'],
  ],

  'src/nn/parameters.ts': [
    ['if (data && data.length !== size)', 'if (data && data.length < size)', 'more numbers than the shapes say'],
    ['view(this.data, shape, offset)', 'view(this.data, shape)', 'every tensor starts at 0'],
    ['new ParameterVector(this.shapes, data)', 'new ParameterVector(this.shapes)', 'like() takes no numbers'],
    ['if (got !== expected)', 'if (false)', 'vectors of any shapes are the same'],
    ['`${tensor} [${shape}]`', 'tensor', 'shapes are compared by their names'],
    ['this.gradient.data.fill(0);', '', '∇W′ adds up over evaluations'],
    ['gradient[i] - shared[i]', 'shared[i] - gradient[i]', 'Eq. (5) uphill'],
    ['objective += difference * difference', 'objective += Math.abs(difference)', 'Eq. (5) with ‖·‖₁'],
    ['v[i] = 2 * difference', 'v[i] = difference', 'v without its 2'],
    ['[`${name}.${inner}`, innerShape]', '[inner, innerShape]', 'a name without its layer'],
  ],

  'src/nn/network.ts': [
    ['batch < 1', 'batch < 0', 'a batch of no images'],
    ['classes < 2 || ', '', 'one class'],
    [' || weight?.length !== 2', '', 'the last layer need not be linear'],
    ["this.theta.expectShapes('theta', parameterShapes);", '', 'θ of any shapes'],
    [
      'theta ?? new ParameterVector(parameterShapes)', 'new ParameterVector(parameterShapes)',
      'withBatch: a θ of its own',
    ],
    ["expectShape('network x', x, this.layers.inShape);", '', 'images of any shape'],
    ['if (!this.#isBack)', 'if (false)', 'rForward without backward'],
    ['    this.#isBack = false;\n', '', 'rForward after forward alone'],
    ['network.#isBack = false;', '', 'rForward on the buffers of gradient'],
    ['this.layers.rForward(rX, ', 'this.layers.rForward(this.#zeroX, ', 'R{x} is left out'],
    ['rTheta.tree, rGrad?.tree', 'rTheta.tree', 'R{∂ℓ/∂θ} is left out'],
    ["shared.expectShapes('shared gradient', this.theta.shapes);", '', 'a gradient of any shapes'],
    ['images.length !== labels.length || ', '', 'images without labels'],
    [' || images.length === 0', '', 'a gradient of no images'],
    ['    expectFinite(name, tensor.data);\n', '', 'an image with a NaN'],
    ['n * sizeOf(shape))', '0)', 'stack: every image over the first one'],
    ['n * classes)', '0)', 'labelsOf: every label over the first one'],
  ],

  'src/nn/lenet.ts': [
    ['stride, padding: 2', 'stride, padding: 1', 'padding 1'],
    ['stride, padding: 2', 'stride, padding: 3', 'padding 3'],
    ['[2, 2, 1]', '[2, 1, 2]', 'strides in another order'],
    ['kernel: 5', 'kernel: 4', 'kernels 4×4'],
    ['out: 12', 'out: 6', '6 channels'],
    ["activation = 'sigmoid'", "activation = 'tanh'", 'another default activation'],
    ['new Activation(activation, shape)', "new Activation('sigmoid', shape)", 'always sigmoid'],
    ['out: classes, bias }', 'out: classes }', 'always a bias'],
    ['bias = true', 'bias = false', 'no bias by default'],
    ['classes < 2', 'classes < 1', 'one class'],
    ['-0.5, 0.5)', '0, 1)', 'weights from U(0, 1)'],
    ['STREAMS.weights', 'STREAMS.start', 'weights from the random numbers of the start'],
  ],
};
