/**
 * @file What `import ... from 'idlg'` gives: the attacks, the networks, and what they take and return. It runs in Node
 * and in a browser. The parts they are made of are in src/exports: 'idlg/tensor', 'idlg/nn', 'idlg/optim',
 * 'idlg/attack', 'idlg/layers', 'idlg/kernels' and 'idlg/beyond'; files and data sets, which need Node, are in
 * 'idlg/data'.
 */
export { lenet, type LeNetOptions } from './kernels/lenet.ts';
export { accelerate } from './kernels/accelerate.ts';
export { Network } from './nn/network.ts';
export { ParameterVector } from './nn/parameters.ts';
export { buildStack, type LayerDescription } from './layers/stack.ts';
export { networkFrom } from './layers/checkpoint.ts';
export { idlg, idlgRun } from './attack/idlg.ts';
export { dlg, dlgRun } from './attack/dlg.ts';
export { extractLabel, lastLayer, type LabelRule } from './attack/extract-label.ts';
export type { AttackOptions, AttackPoint, Reconstruction } from './attack/reconstruct.ts';
export { mse, psnr } from './attack/metrics.ts';
export { idlgBatch } from './beyond/batch/idlg-batch.ts';
export { analytic } from './beyond/analytic/analytic.ts';
export { defend } from './beyond/defence/defences.ts';
export { diagnose } from './beyond/diagnosis/diagnosis.ts';
export { ssim } from './beyond/ssim.ts';
export { digits, pictures } from './data/synthetic.ts';
export type { Tensor } from './tensor/tensor.ts';
