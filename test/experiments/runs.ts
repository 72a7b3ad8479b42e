/**
 * @file Runs whose outcome is known, for the tests of what is told of runs; a command and a table as they tell it.
 */
import { EVIDENCE_OPTIONS, evidenceCommand, type Evidence, type ReportKind } from '../../src/experiments/evidence.ts';
import { Options } from '../../src/experiments/options.ts';
import { PAPER, type RunLine } from '../../src/experiments/protocol.ts';

/** No option is given. */
export const NONE = new Options(EVIDENCE_OPTIONS, []);

/** Run 0 of iDLG on a drawn digit, right, but for what is said. */
export function runLine(more: Partial<RunLine> = {}): RunLine {
  return {
    dataset: 'digits', images: 10, ...PAPER, index: 0, image: 3, attackSeed: 7, truth: 3,
    method: 'idlg', labelRule: 'bias', label: 3, labelCorrect: true, mse: 0.25, psnr: 6, ssim: 0.5, objective: 0.125,
    iterations: 300, evaluations: 301, seconds: 2, stop: 'iterations', ...more,
  };
}

/** Ten runs: all labels of iDLG right, eight of DLG's; their MSEs 10⁻¹, 10⁻², …, and one that is not a number. */
export function tenRuns(dataset: string): Evidence {
  const runs = (['idlg', 'dlg'] as const).flatMap((method) => Array.from({ length: 10 }, (_, index) => runLine({
    dataset, index, method, labelCorrect: method === 'idlg' || index >= 2,
    mse: index === 9 ? NaN : Number(`1e-${index + 1}`),
  })));
  return { protocol: { dataset, images: 10, ...PAPER }, runs };
}

/** What a command writes to the screen, and aside, in this process. */
export async function tell(kind: ReportKind, ...args: readonly string[]): Promise<{ text: string; aside: string }> {
  let text = '', aside = '';
  await evidenceCommand(kind, args, { write: (part) => (text += part) }, { write: (part) => (aside += part) });
  return { text, aside };
}

/** The cells of a Markdown table, without the rule under its head. */
export function cellsOf(table: string): string[][] {
  const rows = table.trimEnd().split('\n').map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
  return [rows[0], ...rows.slice(2)];
}
