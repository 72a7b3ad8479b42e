/**
 * @file The tool behind `npm run notebooks`, on notebooks that the test writes: their form, what a cell prints and
 * shows, the .ipynb, and what --check and a failing cell say.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRangeError } from '../check/errors.ts';
import { childrenOf, commandOf, isAlive } from '../check/processes.ts';
import { test } from '../check/test.ts';
import { until } from '../check/until.ts';
import * as assert from 'uvu/assert';
import { parseCells, withMarkers } from '../../notebooks/tools/cells.ts';
import { notebooksCommand } from '../../notebooks/tools/command.ts';
import { show } from '../../notebooks/show.ts';
import { difference, ipynb, write as serialise } from '../../notebooks/tools/ipynb.ts';
import { InputError } from '../../src/data/dataset.ts';
import { decodePng, encodePng } from '../../src/data/png.ts';

const SHOW = fileURLToPath(new URL('../../notebooks/show.ts', import.meta.url));
const INDEX = fileURLToPath(new URL('../../notebooks/tools/index.ts', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'idlg-notebooks-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const NOTEBOOK = `/** @file A comment for readers of the file. */

// %% [markdown]
// # A question
//
// With $x_1 \\\\ge 0$.

// %%
import { show } from '${SHOW}';

console.log('one\\ntwo');

// %%
const sum = (a: number, b: number): number => a + b;

// %%
console.log(sum(1, 2));
show('Figure 1.1. A < B. ${'word '.repeat(20)}end.', '<svg xmlns="http://www.w3.org/2000/svg">\\n</svg>\\n');
await Promise.resolve();
show('Figure 1.2. A black and a white pixel.', { width: 2, height: 1, channels: 1, bytes: Uint8Array.of(0, 255) });
process.stdout.write('no line feed');
`;

/** Runs the command in the folder; its exit code and what it printed. */
async function run(...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const code = await notebooksCommand(args, folder, { write: (part) => (text += part) });
  return { code, text };
}

/** The message of a command that is refused. */
async function mistake(...args: string[]): Promise<string> {
  const error = await run(...args).then(() => undefined, (error: unknown) => error);
  assert.instance(error, InputError);
  return (error as Error).message;
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
/** A failure of the form of the notebook, which no cell is run for. */
function refused(text: string): string {
  try {
    parseCells('n.ts', text);
  } catch (error) {
    assert.instance(error, InputError);
    return (error as Error).message;
  }
  throw new Error('expected an InputError');
}

test('cells: prose without its comment marks, code without blank lines around it, each with its line', () => {
  assert.equal(parseCells('n.ts', '// %% [markdown]\n// # A\n//\n//   b\n\n// %%\n\nf();\n\ng();\n\n// %%\n'), [
    { type: 'markdown', line: 1, source: '# A\n\n  b' },
    { type: 'code', line: 6, source: 'f();\n\ng();' },
    { type: 'code', line: 12, source: '' },
  ]);
});

test('cells: what is not in the format is refused with its line', () => {
  assert.match(refused('f();\n// %%\n'), /^n\.ts:1: expected a comment at most/);
  assert.match(refused('/** a */ f();\n// %%\n'), /^n\.ts:1: expected a comment at most/);
  assert.match(refused('/** a */ f(); /** b */\n// %%\n'), /^n\.ts:1: expected a comment at most/);
  assert.match(refused('// %%\nf();\r\n'), /^n\.ts:2: expected lines that end in LF, got a CR: save the file with LF$/);
  assert.match(refused('f();\n'), /^n\.ts:1: expected a comment at most, then/);
  assert.match(refused('// %%\n// %% [mardown]\n'), /^n\.ts:2: expected .* got "\/\/ %% \[mardown\]"$/);
  assert.match(refused('// %% [markdown]\n// a\nb\n'), /^n\.ts:3: expected a comment, as all prose is, got "b"$/);
  assert.match(refused('// %% [markdown]\n//a\n'), /^n\.ts:2: /);
});

test('cells: a statement in the place of a marker moves no line', () => {
  const text = '// %% [markdown]\n// a\n// %%\nf();\n';
  const marked = withMarkers(text, parseCells('n.ts', text), (i) => `begin(${i});`);
  assert.is(marked, '// %% [markdown]\n// a\nbegin(1);\nf();\n');
});

test('the .ipynb has prose, code, text and pictures, each where it was printed', async () => {
  write('01-one.ts', NOTEBOOK);
  const { code, text } = await run();
  assert.match(text, /^01-one +\d+\.\d s  written\n$/);
  assert.is(code, 0);
  assert.equal(readdirSync(folder), ['01-one.ipynb', '01-one.ts']);
  const { cells, nbformat, nbformat_minor, metadata } = JSON.parse(read('01-one.ipynb'));
  assert.equal([nbformat, nbformat_minor], [4, 5]);
  assert.equal(Object.keys(metadata), ['language_info'], 'no kernel that a reader would have to have');
  assert.is(metadata.language_info.name, 'typescript');
  const [prose, ...code1] = cells;
  assert.equal(prose, {
    cell_type: 'markdown', id: 'cell-1', metadata: {}, source: ['# A question\n', '\n', 'With $x_1 \\\\ge 0$.'],
  });
  assert.equal(code1.map(({ execution_count }: { execution_count: number }) => execution_count), [1, 2, 3]);
  assert.equal(new Set(cells.map(({ id }: { id: string }) => id)).size, 4);
  assert.equal(code1[0].outputs, [{ output_type: 'stream', name: 'stdout', text: ['one\n', 'two\n'] }]);
  assert.equal(code1[1].outputs, []);
  const [three, svg, underSvg, png, underPng] = code1[2].outputs;
  const caption = `Figure 1.1. A < B. ${'word '.repeat(20)}end.`;
  assert.equal(three.text, ['3\n']);
  assert.equal(svg, {
    output_type: 'display_data',
    data: { 'image/svg+xml': ['<svg xmlns="http://www.w3.org/2000/svg">\n', '</svg>\n'], 'text/plain': [caption] },
    metadata: { 'image/svg+xml': { alt: caption } },
  });
  assert.is(underSvg.text.join('').replaceAll('\n', ' '), `${caption} `);
  assert.ok(underSvg.text.length > 1, 'a long caption has several lines');
  assert.is(png.data['text/plain'][0], 'Figure 1.2. A black and a white pixel.');
  assert.equal(png.metadata, { 'image/png': { alt: 'Figure 1.2. A black and a white pixel.' } });
  assert.equal([...decodePng(Buffer.from(png.data['image/png'], 'base64'), 'png').bytes], [0, 255]);
  assert.equal(underPng.text, ['Figure 1.2. A black and a white pixel.\n', 'no line feed']);
});

test('show: a caption begins with its number; run as a script it is printed', () => {
  const pixel = { width: 1, height: 1, channels: 1, bytes: Uint8Array.of(0) } as const, svg = '<svg />';
  const captions = ['', 'A', 'Figure 1. A', 'Figure 1.0. A', 'Figure 1.1. ', 'Figure 1.1 A', 'Figure 1.1. A\nB', svg];
  for (const wrong of captions) {
    const told = /^show caption: expected "Figure 3\.2\. What is seen" in one line, got "/;
    checkRangeError(() => show(wrong, pixel), told);
  }
  const told = /^show picture: expected an SVG document or a raster, got "Figure 1\.1\. B"$/;
  checkRangeError(() => show('Figure 1.1. A', 'Figure 1.1. B'), told);
  assert.throws(() => show(pixel as never, 'a pixel'), /^show caption: expected a string, got object$/);
  const program = `import { show } from '${SHOW}'; show('Figure 10.12. A picture.', '${svg}');`;
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  assert.is(stdout, '[Figure 10.12. A picture.]\n');
});

test('--check passes what was written, and another compression of the same pixels', async () => {
  const notebook = JSON.parse(read('01-one.ipynb')), [, , , png] = notebook.cells[3].outputs;
  const white = { width: 2, height: 1, channels: 1, bytes: Uint8Array.of(255, 255) } as const;
  const packed = Buffer.from(png.data['image/png'], 'base64');
  png.data['image/png'] = Buffer.concat([packed.subarray(0, 33), textChunk(), packed.subarray(33)]).toString('base64');
  write('01-one.ipynb', JSON.stringify(notebook));
  assert.match((await run('--check')).text, /s  as committed\n$/);
  const made = serialise(notebook);
  png.data['image/png'] = Buffer.from(encodePng(white)).toString('base64');
  const told = difference('n', JSON.stringify(notebook), JSON.parse(made));
  assert.match(told!, /^n, cell 4 .*, output 4: expected the picture \["Figure 1\.2\. A black .*"\], got another$/);
});

/** A chunk tEXt, "a" NUL "b", as the PNG specification has it: it changes no pixel. */
function textChunk(): Uint8Array {
  return Uint8Array.of(0, 0, 0, 3, 0x74, 0x45, 0x58, 0x74, 0x61, 0x00, 0x62, 0xdc, 0x49, 0xa2, 0x3b);
}

test('what differs is named, wherever it is', () => {
  const cells = parseCells('n.ts', '// %% [markdown]\n// # A question\n// %%\nf();\n');
  const picture = { type: 'image/svg+xml', data: '<svg/>\n', caption: 'a picture' } as const;
  const made = ipynb(cells, [[], ['one\ntwo\n', picture]]);
  assert.is(difference('n', serialise(made), made), undefined);
  const cases: [RegExp, (notebook: any) => void][] = [
    [
      /^n, cell 2 \(In \[1\]\), output 1: expected .*"two\\n".*got .*"2\\n"/,
      ({ cells }) => (cells[1].outputs[0].text[1] = '2\n'),
    ],
    [
      /^n, cell 2 .*, output 2: expected the picture \["a picture"\], got another$/,
      ({ cells }) => (cells[1].outputs[1].data['image/svg+xml'] = []),
    ],
    [/^n, cell 2 .*, output 2: expected/, ({ cells }) => (cells[1].outputs[1].data['text/plain'][0] = '')],
    [/^n, cell 2 .*, output 2: expected .* got nothing/, ({ cells }) => cells[1].outputs.pop()],
    [/^n, cell 2 .*, output 3: expected nothing, got /, ({ cells }) => cells[1].outputs.push({})],
    [/^n, cell 1: expected .*A question.* got .*An answer/, ({ cells }) => (cells[0].source[0] = '# An answer')],
    [/^n, cell 2 .*: expected .* got nothing/, ({ cells }) => cells.pop()],
    [/^n, cell 2 \(In \[1\]\): expected .*outputs/, ({ cells }) => delete cells[1].outputs],
    [/^n, cell 1: expected .* got .*outputs/, ({ cells }) => (cells[0].outputs = [])],
    [/^n: expected a notebook, with cells and their outputs/, ({ cells }) => (cells[1].outputs = null)],
    [/^n: expected a notebook, with cells and their outputs/, ({ cells }) => (cells[1].outputs[0] = null)],
    [/^n: expected a notebook, with cells and their outputs/, ({ cells }) => (cells[0] = null)],
    [/^n: expected a notebook, with cells and their outputs/, (notebook) => (notebook.cells = null)],
    [/^n: expected a notebook, with cells and their outputs/, (notebook) => delete notebook.cells],
    [/^n: expected 2 cells, got 3/, ({ cells }) => cells.push({})],
    [/^n, around the cells: expected .*5}, got .*4}/, (notebook) => (notebook.nbformat_minor = 4)],
  ];
  for (const [message, change] of cases) {
    const notebook = JSON.parse(serialise(made));
    change(notebook);
    assert.match(difference('n', JSON.stringify(notebook), made) ?? 'nothing', message);
  }
  assert.match(difference('n', 'no JSON', made)!, /^n: expected a notebook, got /);
  assert.match(difference('n', 'null', made)!, /^n: expected a notebook, .* got null$/);
  const long = (end: string) => ipynb(cells, [[], [`${'x'.repeat(5000)}${end}`]]);
  const told = difference('n', serialise(long('one')), long('two'))!;
  assert.match(told, /output 1: expected …x+two"\]}, got …x+one"\]}$/, 'the part that differs');
});

test('--check writes nothing, and exits with 1 for a difference or a missing file', async () => {
  write('01-one.ts', '// %%\nconsole.log(1);\n');
  const { code, text } = await run('--check');
  assert.match(text, /s  01-one\.ipynb, cell 1/);
  assert.is(code, 1);
  rmSync(join(folder, '01-one.ipynb'));
  assert.match((await run('--check')).text, /s  01-one\.ipynb: expected it beside its source, got nothing/);
  assert.equal(readdirSync(folder), ['01-one.ts']);
});

test('a failing cell is told by its line and its number, the tool goes on, and nothing is left behind', async () => {
  const throwing = 'const x = 0;\n\nthrow new RangeError(`x: got ${x}`);\n';
  write('01-one.ts', `// %%\nconsole.log(1);\n// %% [markdown]\n// a\n// %%\n${throwing}`);
  write('02-two.ts', '// %%\nconst = 3;\n');
  write('03-three.ts', '// %%\nconsole.log(3);\n');
  const { code, text } = await run();
  assert.is(code, 1);
  assert.match(text, /s  01-one\.ts:8, In \[2\]: RangeError: x: got 0\n/);
  assert.match(text, /s  02-two\.ts:2: [^]*Expected/);
  assert.match(text, /03-three .*written\n/);
  assert.not.match(text, /    at /);
  assert.equal(readdirSync(folder).filter((file) => !/^0\d-\w+\.ts$/.test(file)), ['03-three.ipynb']);
});

test('what is wrong with a cell is told, however it ends', async () => {
  const filler = Array.from({ length: 300 }, (_, i) => `const v${i} = (x: number): number => Math.abs(x - ${i});`);
  const long = `import assert from 'node:assert/strict';\n${filler.join('\n')}\nassert.ok(v0(1) > 2);\n`;
  const cases: readonly [cell: string, told: RegExp][] = [
    [long, /^01-one\.ts:305, In \[2\]: AssertionError .*: the assertion does not hold$/],
    ['process.exit(0);', /^01-one\.ts, In \[2\]: expected it to reach its end, got exit code 0$/],
    ['await new Promise(() => {});', /In \[2\]: .* got exit code 13, an await that never settles$/],
    ["process.kill(process.pid, 'SIGKILL');\nawait new Promise(() => {});", /In \[2\]: .* got SIGKILL$/],
    ["import assert from 'node:assert/strict';\nassert.equal('a'.repeat(40), `${'a'.repeat(39)}b`);", /a+'\n- 'a+b'$/],
    ['throw { a: 1 };', /In \[2\]: \{ a: 1 \}$/],
    ["for (;;) console.log('a'.repeat(100_000));", /In \[2\]: expected it to print at most 2000000 bytes$/],
  ];
  for (const [cell, told] of cases) {
    write('01-one.ts', `// %%\n\n// %%\n${cell}\n\n// %%\n`);
    const { code, text } = await run('1');
    assert.is(code, 1);
    assert.match(text.replace(/^01-one +\d+\.\d s  |\s*$/g, ''), told, cell.slice(-60));
  }
  write('01-one.ts', '// %%\n\n// %%\nfor (;;);\n\n// %%\n');
  const { code, text } = await run('1', '--limit', '1');
  assert.is(code, 1);
  // On a busy machine a second may be over before the cell is begun.
  assert.match(text, /s  01-one\.ts(, In \[[12]\])?: expected it to end within 1 s\n$/);
});

test('a cell may print any character; an .ipynb of more than 2 MB is refused', async () => {
  write('01-one.ts', "// %%\nconsole.log('a\\x1eb');\n");
  assert.is((await run('01')).code, 0);
  assert.equal(JSON.parse(read('01-one.ipynb')).cells[0].outputs[0].text, ['a\x1eb\n']);
  write('01-one.ts', "// %%\nconsole.log('\\x1e'.repeat(400_000));\n");
  assert.match((await run('01')).text, /01-one\.ipynb: expected at most 2000000 bytes, got 24\d{5}\n$/);
  rmSync(join(folder, '01-one.ipynb'));
});

test('an .ipynb without a source is told', async () => {
  write('09-stale.ipynb', '{}');
  const { code, text } = await run('09', '--check');
  assert.is(code, 1);
  assert.match(text, /09-stale\.ipynb: expected its source 09-stale\.ts beside it, got nothing\n$/);
  rmSync(join(folder, '09-stale.ipynb'));
});

test('a mistake in one notebook, and none is run', async () => {
  write('04-four.ts', '// %%%\n');
  assert.match(await mistake(), /^04-four\.ts:1: /);
  assert.equal(readdirSync(folder).filter((file) => file.endsWith('.ipynb')), ['03-three.ipynb']);
  rmSync(join(folder, '04-four.ts'));
  mkdirSync(join(folder, '04-four.ts'));
  assert.match(await mistake(), /04-four\.ts: expected a file, got a folder/);
  rmSync(join(folder, '04-four.ts'), { recursive: true });
});

test('a name chooses; a wrong one, or a wrong option, is an InputError', async () => {
  assert.match((await run('03')).text, /^03-three .*written\n$/);
  assert.match((await run('--help')).text, /--check/);
  const cases = [
    ['04', /01, 02, 03, got "04"$/], ['0', /got "0"$/],
    ['--chek', /--chek: no such option/], ['--limit=0', /--limit: /],
  ] as const;
  for (const [arg, message] of cases) assert.match(await mistake(arg), message);
});

test('npm run notebooks: a mistake is one line and exit code 2', () => {
  const args = ['--import', 'tsx', INDEX, '99'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal([status, stdout], [2, '']);
  assert.match(stderr, /^notebooks: expected the number of a notebook, [^\n]* got "99"\n$/);
});

test('npm run notebooks: stopped by a signal it leaves no process and no copy', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', INDEX, '1', '--check'], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const copy = `.01-what-a-gradient-gives-away.${child.pid}.mts`;
  const isThere = (): boolean => readdirSync(join(INDEX, '../..')).includes(copy);
  const runs = (): number[] => childrenOf(child.pid!).filter((pid) => commandOf(pid).includes(copy));
  await until('a process that runs the copy', () => isThere() && runs().length === 1);
  const [notebook] = runs();
  child.kill('SIGTERM');
  assert.is(await ended, 143);
  assert.not(isThere());
  await until('the end of that process', () => !isAlive(notebook));
});

test.run();
