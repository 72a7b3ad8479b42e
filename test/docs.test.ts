/**
 * @file README.md, docs/ and the other pages: their links lead somewhere, their commands exist, their figures are those
 * of the files in results/, and what they quote is what stands there or is printed.
 */
import * as assert from 'uvu/assert';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { attackCommand } from '../src/experiments/attack.ts';
import { FIGURE_1, TABLE_1, THRESHOLDS } from '../src/experiments/paper.ts';
import { test } from './check/test.ts';
import { checkCommand, commandsIn } from './docs/commands.ts';
import { passages, plain, reports, ROOT, type Passage } from './docs/figures.ts';
import { anchorsOf, linksOf } from './docs/links.ts';

const pagesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
const DOCS = pagesIn('docs'), PAGES = [...pagesIn('.'), ...DOCS, ...pagesIn('notebooks'), 'results/README.md'];
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const README = read('README.md');

for (const page of PAGES) {
  test(`${page}: every link leads to a file, and to a heading or line in it`, () => {
    for (const { target, path, anchor } of linksOf(read(page))) {
      const file = path === '' ? page : join(dirname(page), path);
      assert.ok(existsSync(join(ROOT, file)), `${page}: ${target}: no file ${file}`);
      if (anchor === undefined) continue;
      const line = /^L(\d+)$/.exec(anchor);
      if (line) assert.ok(Number(line[1]) < read(file).split('\n').length, `${page}: ${target}: no such line`);
      else assert.ok(anchorsOf(read(file)).includes(anchor), `${page}: ${target}: no such heading`);
    }
  });
}

for (const page of PAGES.filter((page) => page !== 'CHANGELOG.md')) {
  test(`${page}: every command shown parses`, async () => {
    for (const { line, words } of commandsIn(read(page))) {
      const mistake = await checkCommand(words);
      assert.is(mistake, undefined, `${page}: ${line}\n${mistake}`);
    }
  });
}

test('the test of commands notices what does not parse', async () => {
  for (const [command, mistake] of [
    ['npm start -- --methd idlg', /--methd: no such option/],
    ['npm start -- atack', /no command atack/],
    ['npm start -- attack out', /expected an option, got "out"/],
    ['npm start -- --line-search wolfe', /--line-search: expected one of/],
    ['npm start -- data cifar10', /expected one of mnist/],
    ['npm run playgroud', /no script playgroud/],
    ['npm run bench -- --rouns 3', /--rouns/],
    ['npx tsx notebooks/none.ts', /no file notebooks\/none.ts/],
    ['npm strat', /not known/],
  ] as const) {
    const [{ words }] = commandsIn(`\`\`\`sh\n${command}\n\`\`\`\n`);
    assert.match(String(await checkCommand(words)), mistake, command);
  }
  const two = 'npm ci && npm start -- table1 \\\n  --runs 2 # of each\nD=a\nnpm start -- merge $D/x-* --out m';
  const found = commandsIn(`\`\`\`sh\n${two}\n\`\`\`\n`);
  assert.equal(found.map(({ words }) => words.join(' ')),
    ['npm ci', 'npm start -- table1 --runs 2', 'npm start -- merge $D/x-* --out m']);
});

test('anchors and links are read as GitHub reads them', () => {
  const heading = '# A `b.ts`: what, and Why?\n\n', block = '```sh\n# no heading\n[no](link)\n```\n';
  const text = `${heading}#${heading}${block}[c](d.md#e) \`[f](g)\`\n`;
  assert.equal(anchorsOf(text), ['a-bts-what-and-why', 'a-bts-what-and-why-1']);
  assert.equal(linksOf(text), [{ target: 'd.md#e', path: 'd.md', anchor: 'e' }]);
});

test('README.md: at most 160 lines and 1,400 words', () => {
  const lines = README.split('\n').length - 1, words = README.split(/\s+/).filter((word) => word !== '').length;
  assert.ok(lines <= 160, `${lines} lines`);
  assert.ok(words <= 1400, `${words} words`);
});

test('README.md: picture, two commands with their output, size and live link within 40 lines', () => {
  const start = README.split('\n').slice(0, 40).join('\n');
  assert.match(start, /!\[[^\]]+\]\(results\/film\.png\)/);
  assert.equal([...start.matchAll(/^```(\w+)\n/gm)].map(([, language]) => language), ['sh', 'text', 'sh', 'text']);
  assert.match(start, /https:\/\/OWNER\.github\.io\/REPO\//);
  assert.match(start, /`npm run playground`/);
  const folders = ['tensor', 'nn', 'optim', 'attack'].map((name) => join(ROOT, 'src', name));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const lines = files.reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1, 0);
  const size = `${lines.toLocaleString('en')} lines in ${files.length} files`;
  assert.ok(plain(start).includes(size), `README.md: the size is now ${size}`);
});

/** The blocks of a language in README.md. */
const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, block]) => block);

/** A line without its padding, and without the seconds, which differ between machines. */
const withoutSeconds = (line: string): string =>
  plain(line.replace(/^ *seconds .*$/, 'seconds').replace(/\d+\.\d(\s+[a-z-]+)$/, 's$1'));

test('README.md: npm start prints the lines that it quotes, in this order', async () => {
  let printed = '';
  await attackCommand([], { write: (text) => { printed += text; return true; } });
  const lines = printed.trimEnd().split('\n').map(withoutSeconds);
  const quoted = blocks('text')[0].trimEnd().split('\n').filter((line) => line !== '…').map(withoutSeconds);
  assert.ok(quoted.length >= 3);
  let at = -1;
  for (const line of quoted) {
    at = lines.indexOf(line, at + 1);
    assert.ok(at >= 0, `npm start does not print "${line}" there; its output is now\n${printed}`);
  }
});

test('README.md: its program prints what it says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'idlg-readme-')), file = join(folder, 'steal.ts'), printed: string[] = [];
  const { log } = console;
  const program = blocks('ts')[0];
  assert.match(program, /from '\.\/src\/index\.ts'/);
  const at = pathToFileURL(join(ROOT, 'src', 'index.ts')).href;
  writeFileSync(file, program.replace('./src/index.ts', at));
  console.log = (line: string) => void printed.push(line);
  try {
    await import(pathToFileURL(file).href);
  } finally {
    console.log = log;
    rmSync(folder, { recursive: true });
  }
  assert.is(`${printed.join('\n')}\n`, blocks('text')[2], `the program now prints\n${printed.join('\n')}`);
});

test('README.md: the table equation, file, test names tests of its files', () => {
  const rows = README.split('\n').filter((line) => /^\| (Eq\.|Algorithm|DLG \||Experiments)/.test(line));
  assert.is(rows.length, 10);
  for (const row of rows) {
    const [, , , files, own] = row.split('|'), [{ path }] = linksOf(own);
    const named = linksOf(files).map((link) => link.path.replace(/^src(.*)\.ts$/, 'test$1.test.ts'));
    assert.ok(named.includes(path), `${path} is a test of ${named}`);
  }
  for (const number of [1, 2, 3, 4, 5, 6]) assert.ok(rows.some((row) => row.startsWith(`| Eq. (${number}) |`)));
});

test('README.md: every chapter, and docs/README.md: every page', () => {
  const chapters = readdirSync(join(ROOT, 'notebooks')).filter((name) => name.endsWith('.ipynb')).sort();
  assert.equal([...README.matchAll(/^\d+\. .*\]\(notebooks\/([^)]+)\)/gm)].map(([, name]) => name), chapters);
  const index = linksOf(read('docs/README.md')).map(({ path }) => `docs/${path}`);
  for (const page of DOCS) assert.ok(page === 'docs/README.md' || index.includes(page), `docs/README.md has ${page}`);
});

test('docs/: each page says in its first sentence what its reader can do afterwards', () => {
  const opening = /^# [^#]+? After (reading )?this page you (can|know) /;
  for (const page of DOCS) assert.match(plain(read(page)), opening, page);
});

/** Fails if a page does not have the passage, and prints it as it should read. */
function expectPassage({ page, text }: Passage): void {
  const message = `${page}: by the files in results/ this should now read\n\n${text}\n`;
  assert.ok(plain(read(page)).includes(plain(text)), message);
}

test('figures: the reports in results/ are those of the runs there', () => {
  for (const [name, text] of reports()) {
    assert.ok(read(`results/${name}`) === text, `results/${name} is not what the command makes: see results/README.md`);
  }
});

test('figures: README.md, docs/ and results/README.md have those of the files in results/', () => {
  for (const passage of passages()) expectPassage(passage);
});

test('figures: the paper lies within our intervals, but for the images of CIFAR-100 below 1e-4', () => {
  const table = JSON.parse(reports().get('table1.json')!), figure = JSON.parse(reports().get('figure1.json')!);
  const outside: string[] = [];
  const compare = (name: string, paper: number, { low, high }: { low: number; high: number }): void => {
    if (paper < low || paper > high) outside.push(name);
  };
  for (const { dataset, lineSearch, methods } of table.columns) {
    if (lineSearch !== 'none') continue;
    for (const method of ['dlg', 'idlg'] as const) {
      compare(`${dataset} ${method}`, TABLE_1[dataset][method], methods[method]);
    }
  }
  for (const { dataset, lineSearch, methods } of figure.panels) {
    if (lineSearch !== 'none') continue;
    for (const method of ['dlg', 'idlg'] as const) {
      THRESHOLDS.forEach((threshold, i) =>
        compare(`${dataset} ${method} ${threshold}`, FIGURE_1[dataset][method][i], methods[method].here[i]));
    }
  }
  assert.equal(outside, ['cifar100 dlg 0.0001', 'cifar100 idlg 0.0001']);
});

test('docs/glossary.md: the names in code occur in src', () => {
  const all = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const files = all.filter((name) => name.endsWith('.ts')), names = new Set(files.map((name) => basename(name)));
  const code = files.map((name) => read(join('src', name))).join('\n');
  const [symbols] = read('docs/glossary.md').split('\n## Terms');
  const rows = symbols.split('\n').filter((line) => /^\| [^|]+ \| [^|]*`/.test(line));
  assert.ok(rows.length > 40, `${rows.length} rows`);
  for (const row of rows) {
    for (const [, name] of row.split('|')[2].matchAll(/`([^`]+)`/g)) {
      const word = name.replace(/\(…\)$/, '');
      assert.ok(names.has(word) || new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(code), `src has no ${name}: ${row}`);
    }
  }
});

test('docs/reading.md: every quoted line stands at the line that its link names', () => {
  const stops = [...read('docs/reading.md').matchAll(/\]\(([^)#]+)#L(\d+)\): `([^`]+)`/g)];
  assert.ok(stops.length >= 15);
  const links = read('docs/reading.md').matchAll(/, line (\d+)\]\([^)#]+#L(\d+)\)/g);
  for (const [, said, linked] of links) assert.is(said, linked);
  for (const [, target, number, code] of stops) {
    const lines = read(join('docs', target)).split('\n'), at = lines.findIndex((line) => line.includes(code));
    assert.is(Number(number), at + 1, `${target}: \`${code}\` stands in line ${at + 1}, the link names line ${number}`);
  }
});

test('docs/reading.md: the table has every file of the four folders, with its number of lines', () => {
  const text = read('docs/reading.md'), folders = ['tensor', 'nn', 'optim', 'attack'];
  const found = text.matchAll(/\]\(\.\.\/src\/(\w+\/[\w-]+\.ts)\)(?:\*\*)? \| (\d+) \|/g);
  const rows = [...found].map(([, file, lines]) => `${file} ${lines}`);
  const files = folders.flatMap((folder) => readdirSync(join(ROOT, 'src', folder)).map((name) => `${folder}/${name}`));
  const counts = files.map((file) => `${file} ${read(join('src', file)).split('\n').length - 1}`);
  assert.equal([...rows].sort(), [...counts].sort());
  const total = counts.reduce((sum, row) => sum + Number(row.split(' ')[1]), 0);
  assert.match(text, new RegExp(`${total.toLocaleString('en')} lines in ${files.length} files`));
});

test('no folder of results/ is missing from results/README.md', () => {
  const names = readdirSync(join(ROOT, 'results'));
  const folders = names.filter((name) => statSync(join(ROOT, 'results', name)).isDirectory());
  const linked = new Set(linksOf(read('results/README.md')).map(({ path }) => path));
  for (const folder of folders) assert.ok(linked.has(folder), `results/README.md has ${folder}`);
});

test.run();
