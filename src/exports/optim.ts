/** @file `idlg/optim`: gradient descent, L-BFGS and the loop that runs them. */
export * from '../optim/gradient-descent.ts';
export * from '../optim/history.ts';
export * from '../optim/lbfgs.ts';
export * from '../optim/line-search.ts';
export * from '../optim/optimizer.ts';
