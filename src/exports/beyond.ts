/** @file `idlg/beyond`: what the papers do not do: batches, the analytic attack, diagnosis, defences, training. */
export * from '../beyond/analytic/analytic.ts';
export * from '../beyond/batch/batch-labels.ts';
export * from '../beyond/batch/idlg-batch.ts';
export * from '../beyond/defence/defences.ts';
export * from '../beyond/diagnosis/count-equations.ts';
export * from '../beyond/diagnosis/diagnosis.ts';
export * from '../beyond/local-steps.ts';
export * from '../beyond/shared-tensors.ts';
export * from '../beyond/ssim.ts';
export * from '../beyond/training/adam.ts';
export * from '../beyond/training/sgd.ts';
export * from '../beyond/training/train.ts';
