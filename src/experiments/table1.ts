/**
 * @file `idlg table1`: Table 1 of the iDLG paper, the share of labels that DLG and iDLG find.
 */
import { ATTACKS } from './attacks.ts';
import {
  EVIDENCE_OPTIONS, headOf, isOfPaper, methodsIn, shareOf, type Evidence, type Report, type ReportKind,
} from './evidence.ts';
import { helpText } from './help.ts';
import { TABLE_1 } from './paper.ts';
import { counted, markdownTable, percent, withInterval } from './shares.ts';
import { COLUMNS } from './text.ts';

export const TABLE1_HELP = helpText({
  name: 'table1',
  about: 'the share of labels found by DLG and by iDLG, beside Table 1 of the iDLG paper',
  usage: [
    ['[options]'],
    ['DIR… [--out DIR]', 'reports on the runs in these folders, one column each; makes no new ones'],
  ],
  options: EVIDENCE_OPTIONS,
  notes: [
    'With --out the table is also written to that folder, as table1.md and table1.json. `figure1` takes the same ' +
      'options and uses the same runs.',
  ],
  examples: [
    '',
    '--dataset mnist --data data --out mnist',
    '--dataset mnist --data data --out mnist-wolfe --line-search strong-wolfe',
    'mnist mnist-wolfe',
  ],
});

/** The table, a column for each experiment, with 95 % Wilson intervals. */
function make(evidence: readonly Evidence[]): Report {
  const present = methodsIn(evidence);
  const columns = evidence.map((column) => {
    const { dataset } = column.protocol;
    const methods = Object.fromEntries(
      present.map((method) => [method, {
        paper: isOfPaper(method) ? TABLE_1[dataset]?.[method] : undefined,
        ...shareOf(column, method, ({ labelCorrect }) => labelCorrect === true),
      }]),
    );
    return { ...column.protocol, methods };
  });
  const titles = evidence.map(headOf).map(({ title, details }) => `${title}, ${details}`);
  const heads = ['labels found (95 % interval)', ...titles];
  const rows = present.flatMap((method) => {
    const title = ATTACKS[method].title;
    const paper = columns.map(({ methods }) => percent(methods[method].paper));
    const here = columns.map(({ methods }) => `${withInterval(methods[method])}, ${counted(methods[method])}`);
    const isInPaper = columns.some(({ methods }) => methods[method].paper !== undefined);
    return [...(isInPaper ? [[`${title}, paper`, ...paper]] : []), [`${title}, here`, ...here]];
  });
  const text = markdownTable(heads, rows);
  return { text, shown: markdownTable(heads, rows, COLUMNS), json: { columns }, files: { 'table1.md': text } };
}

export const table1: ReportKind = { name: 'table1', files: ['table1.md'], make };
