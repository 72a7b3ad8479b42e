/**
 * @file The public names: what a network, a shared gradient and an attack on it need. Runs in Node and in a browser.
 *
 * Files, PNGs and the real data sets are in `idlg/data`.
 */
export { sizeOf, view, zeros, type Tensor } from './tensor/tensor.ts';
export { Random } from './tensor/random.ts';

export type { Layer, Parameters } from './nn/layer.ts';
export { ParameterVector } from './nn/parameters.ts';
export { Linear, type LinearOptions } from './nn/linear.ts';
export { Conv2d, type Conv2dOptions } from './nn/conv2d.ts';
export { Activation, type ActivationName } from './nn/activation.ts';
export { oneHot, softmax, softmaxBackward } from './nn/softmax-cross-entropy.ts';
export { Network, type NamedLayer } from './nn/network.ts';
export { lenet, type LeNetOptions } from './nn/lenet.ts';
export { buildStack, type LayerDescription } from './nn/stack.ts';
export { lenetCheckpoint, networkFrom, type CheckpointLayer } from './nn/checkpoint.ts';

export { finish, minimize, minimizeInSteps } from './optim/optimizer.ts';
export type { Minimum, MinimizeOptions, Objective, Optimizer, Steps, Stop } from './optim/optimizer.ts';
export { GradientDescent, type GradientDescentOptions } from './optim/gradient-descent.ts';
export { Lbfgs, type LbfgsOptions, type LineSearch } from './optim/lbfgs.ts';
export { Sgd, type SgdOptions } from './optim/sgd.ts';
export { Adam, type AdamOptions } from './optim/adam.ts';
export { accuracy, part, train } from './optim/train.ts';
export type { Examples, TrainerName, Training, TrainOptions } from './optim/train.ts';

export { extractLabel, lastLayer } from './attack/extract-label.ts';
export type { ExtractedLabel, LabelRule, LastLayerGradient } from './attack/extract-label.ts';
export { extractBatchLabels } from './attack/batch-labels.ts';
export type { BatchRule, ExtractedLabels } from './attack/batch-labels.ts';
export { GradientMatching } from './attack/gradient-matching.ts';
export { idlg, idlgBatch, idlgInSteps, type BatchAttackResult } from './attack/idlg.ts';
export { diagnose, type Diagnosis } from './attack/diagnosis.ts';
export { dlg, dlgInSteps } from './attack/dlg.ts';
export { closedForm } from './attack/closed-form.ts';
export type { ClosedFormOptions, ClosedFormResult, LayerSolution } from './attack/closed-form.ts';
export { DEFAULTS } from './attack/reconstruct.ts';
export type { AttackOptions, AttackPoint, AttackResult, OptimizerName } from './attack/reconstruct.ts';
export { mse, psnr, ssim } from './attack/metrics.ts';
export { defend, DEFENCES, settings, titleOf } from './attack/defences.ts';
export type { Defence, DefenceName, DefenceSetting } from './attack/defences.ts';

export { type Dataset } from './data/dataset.ts';
export { digits, pictures } from './data/synthetic.ts';
