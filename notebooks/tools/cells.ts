/**
 * @file A notebook's source, TypeScript in the percent format: `// %%` begins a cell of code, `// %% [markdown]` one of
 * prose, every line of which is a comment. Before the first cell there may be a comment for readers of the file.
 */
import { InputError } from '../../src/data/dataset.ts';

export interface Cell {
  readonly type: 'code' | 'markdown';
  /** The number of the line, from 1, that begins it. */
  readonly line: number;
  /** The code, or the prose without its comment marks; no blank lines around it. */
  readonly source: string;
}

const MARKER = /^\/\/ %%(.*)$/;
/** What may stand before the first cell. */
const HEADER = /^\s*(\/\*\*((?!\*\/)[^])*\*\/\s*)?$/;

/** The cells of a source text; `name` is the file's in messages. @throws {InputError} where it is not in the format. */
export function parseCells(name: string, text: string): Cell[] {
  const lines = text.split('\n'), returns = lines.findIndex((line) => line.includes('\r'));
  if (returns >= 0) {
    throw new InputError(`${name}:${returns + 1}: expected lines that end in LF, got a CR: save the file with LF`);
  }
  const starts = lines.flatMap((line, i) => (MARKER.test(line) ? [i] : []));
  if (starts.length === 0 || !HEADER.test(lines.slice(0, starts[0]).join('\n'))) {
    throw new InputError(`${name}:1: expected a comment at most, then // %% or // %% [markdown]`);
  }
  return starts.map((start, k) => {
    const kind = MARKER.exec(lines[start])![1], body = lines.slice(start + 1, starts[k + 1]);
    if (kind === '') return { type: 'code', line: start + 1, source: trimmed(body) };
    if (kind !== ' [markdown]') {
      throw new InputError(`${name}:${start + 1}: expected // %% or // %% [markdown], got "${lines[start]}"`);
    }
    const prose = body.map((line, i) => {
      if (/^(\/\/( .*)?)?$/.test(line)) return line.slice('// '.length);
      throw new InputError(`${name}:${start + 2 + i}: expected a comment, as all prose is, got "${line}"`);
    });
    return { type: 'markdown', line: start + 1, source: trimmed(prose) };
  });
}

const trimmed = (lines: readonly string[]): string => lines.join('\n').replace(/^\n+|\n+$/g, '');

/** The same source with each code cell's marker replaced by a statement, so that all lines keep their numbers. */
export function withMarkers(text: string, cells: readonly Cell[], statement: (cell: number) => string): string {
  const lines = text.split('\n');
  cells.forEach(({ type, line }, i) => {
    if (type === 'code') lines[line - 1] = statement(i);
  });
  return lines.join('\n');
}
