/**
 * @file The house: the paper alone in four folders, in at most 2,000 lines, and in all of src no import that points
 * upwards and no circle.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from './check/test.ts';
import * as assert from 'uvu/assert';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** Folders and files of src from the bottom up. Each imports from its own row and from those before. */
const ORDER = [
  ['tensor'], ['nn'], ['optim'], ['attack'], ['layers', 'kernels', 'beyond'], ['data'], ['plot'], ['experiments'],
  ['exports'],
];
const PAPER = ORDER.slice(0, 4).flat();

/** A file of src: its lines, and what it imports, types too; files of src by their path, others as they are written. */
interface Source {
  readonly file: string;
  readonly lines: readonly string[];
  readonly imports: readonly string[];
}

function importsOf(text: string): string[] {
  const code = text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const found = code.matchAll(/^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm);
  return [...found].map(([, name, dynamic]) => name ?? dynamic);
}

const resolved = (file: string, name: string): string =>
  name.startsWith('.') ? join(dirname(file), name).split(sep).join('/') : name;

const SOURCES: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/')).filter((file) => file.endsWith('.ts')).sort()
  .map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    return { file, lines: text.split('\n').slice(0, -1), imports: importsOf(text).map((name) => resolved(file, name)) };
  });

const folderOf = (file: string): string => file.split('/')[0];
const isPaper = ({ file }: Source): boolean => PAPER.includes(folderOf(file));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Fails with all that is wrong, one thing a line. */
function expectNone(what: string, wrong: readonly string[]): void {
  assert.is(wrong.length, 0, `${what}:\n${wrong.join('\n')}`);
}

test('imports are found in every form', () => {
  const text = `import { a } from './a.ts';
import type {
  b,
} from '../b.ts';
import 'node:fs';
// import './no.ts';
/** import { e } from './no.ts'; */
export { c } from 'c';
export const d = await import('./d.ts'), f = 'no';
`;
  assert.equal(importsOf(text), ['./a.ts', '../b.ts', 'node:fs', 'c', './d.ts']);
  const named = SOURCES.find(({ file }) => file === 'attack/idlg.ts')!;
  assert.ok(named.imports.includes('nn/network.ts') && named.imports.includes('attack/reconstruct.ts'));
});

test('the paper’s four folders: at most 2,000 lines in 26 files, none above 150', () => {
  const paper = SOURCES.filter(isPaper), lines = sum(paper.map((source) => source.lines.length));
  const long = paper.filter((source) => source.lines.length > 150);
  expectNone('files above 150 lines', long.map(({ file, lines }) => `${file}: ${lines.length}`));
  assert.ok(paper.length > 0 && paper.length <= 26, `${paper.length} files, expected 26 or fewer`);
  assert.ok(lines <= 2000, `${lines} lines, expected 2,000 or fewer`);
});

test('the paper’s four folders hold nothing but files', () => {
  expectNone('folders in them',
    SOURCES.filter(isPaper).flatMap(({ file }) => (file.split('/').length > 2 ? [file] : [])));
});

test('the paper’s four folders import nothing from elsewhere, nor from node: or npm', () => {
  const outside = (name: string): boolean => !PAPER.includes(folderOf(name)) || !name.endsWith('.ts');
  expectNone('imports', SOURCES.filter(isPaper).flatMap(({ file, imports }) =>
    imports.filter(outside).map((name) => `${file} imports ${name}`)));
});

test('no import of src points upwards', () => {
  /** The files beside the folders, cli.ts and what a package exports, are above all. */
  const rank = (file: string): number => {
    const row = ORDER.findIndex((folders) => folders.includes(folderOf(file)));
    return row < 0 ? ORDER.length : row;
  };
  const own = new Set(SOURCES.map(({ file }) => file));
  expectNone('imports', SOURCES.flatMap(({ file, imports }) =>
    imports.filter((name) => own.has(name) && rank(name) > rank(file)).map((name) => `${file} imports ${name}`)));
  const folders = new Set(SOURCES.flatMap(({ file }) => (file.includes('/') ? [folderOf(file)] : [])));
  assert.equal([...folders].sort(), ORDER.flat().sort(), 'the folders of src');
});

test('no circle of imports in src', () => {
  const imports = new Map(SOURCES.map((source) => [source.file, source.imports]));
  const done = new Set<string>(), circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    for (const name of imports.get(file) ?? []) visit(name, [...path, file]);
    done.add(file);
  };
  for (const { file } of SOURCES) visit(file, []);
  expectNone('circles', circles);
});

test('no line of the paper’s folders is longer than 120 characters', () => {
  expectNone('lines', SOURCES.filter(isPaper).flatMap(({ file, lines }) =>
    lines.flatMap((line, i) => ([...line].length > 120 ? [`src/${file}:${i + 1}: ${[...line].length}`] : []))));
});

test('the paper’s folders take exp, log, tanh, cos and sin from tensor/elementary.ts, whose bits can be chosen', () => {
  const free = /\bMath\.(exp|expm1|log|log1p|log2|pow|hypot|sin|cos|tan|tanh|sinh|cosh|cbrt)\b|\*\*/;
  const code = (line: string): string => line.replace(/\/\/.*$/, '').replace(/^\s*\/?\*+.*$/, '');
  expectNone('calls', SOURCES.filter((source) => isPaper(source) && source.file !== 'tensor/elementary.ts')
    .flatMap(({ file, lines }) =>
      lines.flatMap((line, i) => (free.test(code(line)) ? [`src/${file}:${i + 1}: ${line.trim()}`] : []))));
});

test.run();
