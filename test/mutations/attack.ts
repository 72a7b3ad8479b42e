/** @file What is made wrong in src/attack. */
import type { Table } from './engine.ts';

export const ATTACK: Table = {
  'src/attack/extract-label.ts': [
    ['.at(-1)!', '.at(0)!', 'lastLayer: the first layer'],
    ['label: argmin(bias.data)', 'label: argmax(bias.data)', 'bias: argmax'],
    ['label: argmin(Float64Array', 'label: argmax(Float64Array', 'row-sum: argmax'],
    ["if (bias) return 'bias';", '', 'the default is never the bias'],
    ['weight.shape[0] > 2', 'weight.shape[0] > 1', 'Eq. (4) is the default for two classes too'],
    ['weight.shape[0] > 2', 'weight.shape[0] > 3', 'row-sum is the default for three classes'],
    ['rows.length < 3', 'rows.length < 2', 'Eq. (4) for two classes'],
    ['value / (sizes[i] || 1)', 'value', 'Eq. (4) underflows for certain predictions'],
    ['(sizes[i] || 1)', 'sizes[i]', 'Eq. (4): a row of zeros becomes NaN'],
    ['dot(rows[i], rows[j]) <= 0', 'dot(rows[i], rows[j]) >= 0', 'Eq. (4) with the other sign'],
    ['dot(rows[i], rows[j]) <= 0', 'dot(rows[i], rows[j]) < 0', 'Eq. (4) without its = 0'],
    ['opposing.length > 0 ? opposing : all', 'all', 'Eq. (4): always the longest row'],
    ['opposing.length > 0 ? opposing : all', 'opposing', 'Eq. (4): no guess if no row satisfies it'],
    ['candidates[argmax(', 'candidates[argmin(', 'Eq. (4): the shortest of the rows that satisfy it'],
    ["  expectFinite('last layer gradient', weight.data);\n", '', 'a weight with NaN'],
    ["  if (bias) expectFinite('last layer gradient', bias.data);\n", '', 'a bias with NaN'],
  ],

  'src/attack/gradient-matching.ts': [
    ['    this.#difference.clear();\n', '', '∇W′ adds up over evaluations'],
    ["    expectFinite('shared gradient', shared.data);\n", '', 'a gradient with NaN'],
    ['!(shared instanceof ParameterVector)', 'false', 'a gradient of any kind'],
  ],

  'src/attack/reconstruct.ts': [
    [
      "optimizer: 'lbfgs', lineSearch: 'strong-wolfe'", "optimizer: 'gd', lineSearch: 'strong-wolfe'",
      'gradient descent by default',
    ],
    ["lineSearch: 'strong-wolfe', iterations", "lineSearch: 'none', iterations", 'no line search by default'],
    ['iterations: 300', 'iterations: 200', 'another default of iterations'],
    ['tolerance: 1e-8', 'tolerance: 1e-6', 'another default tolerance'],
    ['STREAMS.start', 'STREAMS.weights', 'the start from the random numbers of the weights'],
    ['start.shape.length === 3 && ', '', 'a batch of one image is no start'],
    ['    variables.set(start.data);\n', '', 'the start is not used'],
    ["    expectFinite('start', start.data);\n", '', 'a start with NaN'],
    ["  if (truth) expectShape('truth', truth, compared.shape);\n", '', 'a truth of any shape'],
    ["  if (truth) expectFinite('truth', truth.data);\n", '', 'a truth with NaN'],
    ['truth?.shape.length === 3 ? image : images', 'images', 'a truth that is one image is refused'],
    [' || 1 : 1;', ' : 1;', 'relative: 0 is divided by 0'],
    [
      'dot(shared.data, shared.data) || 1', 'Math.sqrt(dot(shared.data, shared.data)) || 1',
      'relative: divided by ‖∇W‖',
    ],
    ['value / square', 'value', 'relative: only the gradient is divided'],
    ['    if (relative) scale(1 / square, gradient);\n', '', 'relative: only L_G is divided'],
    ['    trajectory.push(point);\n', '', 'the trajectory is empty'],
    ['descent.next(yield', '(yield', 'the answer of the callback is lost'],
    ["optimizer === 'gd' ? 0.05 : 1", '1', 'gd: η = 1 by default'],
    ['tolerance / 1e-6', 'tolerance / 1e-7', 'the tolerances of L-BFGS are ten times as large'],
    ['1e-7 * ratio', '1e-7', 'toleranceGradient does not follow the tolerance'],
    ['1e-9 * ratio', '1e-9', 'toleranceChange does not follow the tolerance'],
    ['1e-10 * ratio', '1e-10', 'leastCurvature does not follow the tolerance'],
  ],

  'src/attack/idlg.ts': [
    ['labelsOf(labels, network.classes)', 'labelsOf(labels.map(() => 0), network.classes)', 'the label is not used'],
    [
      'extractLabel(lastLayer(gradient), options.labelRule)', 'extractLabel(lastLayer(gradient))',
      'the rule asked for is not used',
    ],
    ['options.labels ? undefined : extractLabel', 'extractLabel', 'labels that are given are called extracted'],
    ['filter((g) => g < 0)', 'filter((g) => g <= 0)', 'zeros count as negative rows'],
    ["?? 'given', negativeRows,", "?? 'given',", 'a batch is not told'],
    [
      'network.withBatch(options.labels?.length ?? 1)', 'network.withBatch(1)',
      'a batch: its first image only is descended',
    ],
    [
      'drain(idlgRun(network, gradient, options), options.onIteration)', 'drain(idlgRun(network, gradient, options))',
      'nobody is called',
    ],
  ],

  'src/attack/dlg.ts': [
    ['network.withBatch(1)', 'network', 'a batch of images'],
    ['softmax(u, t.data);', 't.data.set(u);', 'the logits are the label'],
    [
      'softmaxBackward(t.data, gradT.data, out.subarray(x.data.length));',
      'gradient.set(gradT.data, x.data.length);', '∂L_G/∂u is ∂L_G/∂t',
    ],
    ['    softmaxBackward(t.data, gradT.data, out.subarray(x.data.length));\n', '', 'the label is never moved'],
    ['u.set(startLogits);', '', 'startLogits are not used'],
    ["    expectFinite('startLogits', startLogits);\n", '', 'startLogits with NaN'],
  ],

  'src/attack/metrics.ts': [
    ['return sum / a.data.length', 'return sum', 'MSE: a sum'],
    ['-10 * Math.log10', '-20 * Math.log10', 'PSNR of amplitudes'],
  ],
};
