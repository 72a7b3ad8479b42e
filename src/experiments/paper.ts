/**
 * @file What the iDLG paper reports: Table 1, and the points of Figure 1, read off the figure to about one per cent.
 */
import type { PAPER_METHODS } from './attacks.ts';

type Method = (typeof PAPER_METHODS)[number];

/** The share of labels that were right in 1,000 runs. */
export const TABLE_1: Readonly<Record<string, Readonly<Record<Method, number>>>> = {
  mnist: { dlg: 0.899, idlg: 1 },
  cifar100: { dlg: 0.833, idlg: 1 },
  lfw: { dlg: 0.791, idlg: 1 },
};

/** Figure 1 counts the images whose MSE is below each of these. */
export const THRESHOLDS = [0.01, 0.005, 0.001, 0.0005, 0.0001] as const;
/** Elsewhere, an image whose MSE is below the smallest of them counts as recovered. */
export const RECOVERED = THRESHOLDS[4];

/** The share of images below each of THRESHOLDS in 1,000 runs. */
export const FIGURE_1: Readonly<Record<string, Readonly<Record<Method, readonly number[]>>>> = {
  mnist: { dlg: [0.76, 0.76, 0.76, 0.76, 0.76], idlg: [0.89, 0.89, 0.89, 0.88, 0.87] },
  cifar100: { dlg: [0.66, 0.66, 0.65, 0.64, 0.57], idlg: [0.84, 0.84, 0.83, 0.81, 0.71] },
  lfw: { dlg: [0.52, 0.52, 0.51, 0.51, 0.47], idlg: [0.92, 0.92, 0.91, 0.91, 0.83] },
};
