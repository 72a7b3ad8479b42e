/**
 * @file A notebook as Jupyter, VS Code and GitHub read it, nbformat 4.5, and what tells two of them apart.
 *
 * Source: "The Notebook file format", https://nbformat.readthedocs.io/en/latest/format_description.html
 */
import { decodePng } from '../../src/data/png.ts';
import type { Cell } from './cells.ts';
import type { Output } from './run.ts';

interface IpynbOutput {
  readonly output_type: 'stream' | 'display_data';
  readonly name?: 'stdout';
  readonly text?: readonly string[];
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
  readonly metadata?: Readonly<Record<string, { readonly alt: string }>>;
}

interface IpynbCell {
  readonly cell_type: 'code' | 'markdown';
  readonly id: string;
  readonly metadata: object;
  readonly source: readonly string[];
  readonly execution_count?: number;
  readonly outputs?: readonly IpynbOutput[];
}

export interface Ipynb {
  readonly cells: readonly IpynbCell[];
  readonly metadata: object;
  readonly nbformat: number;
  readonly nbformat_minor: number;
}

/** The language, for colours; no kernel, as these notebooks were run by none. */
const METADATA = {
  language_info: {
    file_extension: '.ts', mimetype: 'text/x-typescript', name: 'typescript', pygments_lexer: 'typescript',
  },
};

/** Lines as the format has them, each with its line feed. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The notebook of these cells and of what each printed and showed. */
export function ipynb(cells: readonly Cell[], outputs: readonly (readonly Output[])[]): Ipynb {
  let count = 0;
  return {
    cells: cells.map(({ type, source }, i) => ({
      cell_type: type,
      id: `cell-${i + 1}`,
      metadata: {},
      source: linesOf(source),
      ...(type === 'code' && { execution_count: ++count, outputs: outputs[i].map(outputOf) }),
    })),
    metadata: METADATA,
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** A picture has its caption as text/plain, for readers that show no pictures, and as its alternative text. */
function outputOf(output: Output): IpynbOutput {
  if (typeof output === 'string') return { output_type: 'stream', name: 'stdout', text: linesOf(output) };
  const { type, data, caption } = output, content = type === 'image/png' ? data : linesOf(data);
  const metadata = { [type]: { alt: caption } };
  return { output_type: 'display_data', data: { [type]: content, 'text/plain': [caption] }, metadata };
}

/** The file's text. */
export const write = (notebook: Ipynb): string => `${JSON.stringify(notebook, null, 1)}\n`;

/**
 * What is not in the committed notebook's text as it should be, in a few words; undefined where all is. Pictures of
 * bytes are the same where their pixels are: their compression is zlib's affair.
 */
export function difference(name: string, committed: string, expected: Ipynb): string | undefined {
  let found: unknown;
  try {
    found = JSON.parse(committed, unpacked);
  } catch (error) {
    return `${name}: expected a notebook, got ${(error as Error).message}`;
  }
  if (!isNotebook(found)) return `${name}: expected a notebook, with cells and their outputs, got ${start(found)}`;
  expected = JSON.parse(write(expected), unpacked) as Ipynb;
  const { cells, ...frame } = found, { cells: expectedCells, ...expectedFrame } = expected;
  const wrongFrame = unlike(frame, expectedFrame);
  if (wrongFrame) return `${name}, around the cells: ${wrongFrame}`;
  for (const [i, cell] of expectedCells.entries()) {
    const at = `${name}, cell ${i + 1}${cell.execution_count ? ` (In [${cell.execution_count}])` : ''}`;
    const wrongCell = unlike(withoutOutputs(cells[i]), withoutOutputs(cell));
    if (wrongCell) return `${at}: ${wrongCell}`;
    const outputs = cell.outputs ?? [], foundOutputs = cells[i].outputs ?? [];
    for (let k = 0; k < Math.max(outputs.length, foundOutputs.length); k++) {
      const wrongOutput = unlike(foundOutputs[k], outputs[k]);
      if (!wrongOutput) continue;
      const alt = outputs[k]?.data?.['text/plain'];
      const isPicture = alt && !unlike(foundOutputs[k]?.data?.['text/plain'], alt);
      return `${at}, output ${k + 1}: ${isPicture ? `expected the picture ${start(alt)}, got another` : wrongOutput}`;
    }
  }
  return cells.length === expectedCells.length ? undefined
    : `${name}: expected ${expectedCells.length} cells, got ${cells.length}`;
}

/** As much of the form as the comparison needs. */
function isNotebook(value: unknown): value is Ipynb {
  const isObject = (part: unknown): part is Record<string, unknown> => typeof part === 'object' && part !== null;
  const isList = (part: unknown, of: (entry: unknown) => boolean): boolean => Array.isArray(part) && part.every(of);
  return isObject(value) && isList(value.cells, (cell) =>
    isObject(cell) && (cell.outputs === undefined || isList(cell.outputs, isObject)));
}

/** All of a cell but what is in its outputs: that there are any to a cell of code, and none to prose, is its form. */
const withoutOutputs = (cell: IpynbCell | undefined): object | undefined =>
  cell && { ...cell, outputs: cell.outputs && [] };

/** For JSON.parse: a PNG becomes its size and its pixels. */
function unpacked(key: string, value: unknown): unknown {
  if (key !== 'image/png' || typeof value !== 'string') return value;
  const { width, height, channels, bytes } = decodePng(Buffer.from(value, 'base64'), 'picture');
  return `${width}×${height}×${channels} ${Buffer.from(bytes).toString('base64')}`;
}

/**
 * Where two parts of notebooks differ, from shortly before that on; undefined where they do not. There is one order of
 * keys: that in which they were written, as they are ours.
 */
function unlike(found: unknown, expected: unknown): string | undefined {
  const a = JSON.stringify(found), b = JSON.stringify(expected);
  if (a === b) return undefined;
  let same = 0;
  while (a && b && a[same] === b[same]) same++;
  return `expected ${start(expected, same)}, got ${start(found, same)}`;
}

/** A part of a notebook, shortened, from about a place on: for a message. */
function start(part: unknown, place = 0): string {
  if (part === undefined) return 'nothing';
  const whole = JSON.stringify(part), from = Math.max(0, place - 40), text = whole.slice(from, from + 160);
  return `${from > 0 ? '…' : ''}${text}${from + 160 < whole.length ? '…' : ''}`;
}
