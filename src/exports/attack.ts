/** @file `idlg/attack`: the papers' attacks and their parts. */
export * from '../attack/dlg.ts';
export * from '../attack/extract-label.ts';
export * from '../attack/gradient-matching.ts';
export * from '../attack/idlg.ts';
export * from '../attack/metrics.ts';
export * from '../attack/reconstruct.ts';
