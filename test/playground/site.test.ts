/** @file The site: where the links of the rendered notebooks lead, and the page that links to all others. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { chapters, indexPage, relink } from '../../playground/site.ts';
import { command } from '../commands.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)), URL_OF_FORK = 'https://github.com/OWNER/REPO';

test('site: links lead to pages of the site, or to the repository', () => {
  const link = (target: string, repository?: string): string => relink(`<a href="${target}">it</a>`, repository);
  assert.is(link('../src/nn/layer.ts#L1'), '<a href="../playground/source/nn/layer.html">it</a>');
  assert.is(link('04-lbfgs.ipynb'), '<a href="04-lbfgs.html">it</a>');
  assert.is(link('../results/README.md', URL_OF_FORK),
    `<a href="${URL_OF_FORK}/blob/HEAD/results/README.md">it</a>`);
  assert.is(link('exercises/01.ts', URL_OF_FORK),
    `<a href="${URL_OF_FORK}/blob/HEAD/notebooks/exercises/01.ts">it</a>`);
  assert.is(link('../results/README.md'), '<a>it</a>');
  for (const target of ['https://arxiv.org/abs/2001.02610', '#Exercises', 'mailto:someone@example.org']) {
    assert.is(link(target, URL_OF_FORK), `<a href="${target}">it</a>`);
  }
});

test('site: the index has every notebook, by its title', () => {
  const files = readdirSync(join(ROOT, 'notebooks')).filter((file) => file.endsWith('.ipynb'));
  const all = chapters(), page = indexPage(all, URL_OF_FORK);
  assert.is(all.length, files.length);
  for (const { name, title } of all) {
    assert.ok(page.includes(`<li><a href="notebooks/${name}.html">${title}</a></li>`), title);
    assert.not.match(title, /^\d/, 'the list numbers them');
  }
});

/** Stands in for nbconvert, which the tests cannot count on: a page with a notebook's links. */
const NBCONVERT = `#!/usr/bin/env node
const { basename, join } = require('node:path'), fs = require('node:fs'), args = process.argv.slice(2);
const out = args[args.indexOf('--output-dir') + 1];
for (const file of args.filter((arg) => arg.endsWith('.ipynb'))) {
  const { cells } = JSON.parse(fs.readFileSync(file, 'utf8')), text = cells.flatMap(({ source }) => source).join('');
  const links = [...text.matchAll(/\\]\\(([^)\\s]+)\\)/g)].map(([, target]) => '<a href="' + target + '">it</a>');
  const page = '<title>Notebook</title><script src=""></script>' + links.join('');
  fs.writeFileSync(join(out, basename(file, '.ipynb') + '.html'), page);
}
`;

test('site: it is built in one folder, and every link within it leads to a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'idlg-site-')), out = join(folder, 'site');
  try {
    writeFileSync(join(folder, 'jupyter-nbconvert'), NBCONVERT);
    chmodSync(join(folder, 'jupyter-nbconvert'), 0o755);
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
    const { status, stdout, stderr } = command('playground/site.ts', ['--out', out], { env });
    assert.equal([status, stdout, stderr], [0, `Built in ${out}\n`, '']);
    const pages = readdirSync(join(out, 'notebooks')).map((name) => join('notebooks', name));
    assert.is(pages.length, chapters().length);
    let links = 0;
    for (const page of ['index.html', ...pages]) {
      const html = readFileSync(join(out, page), 'utf8');
      assert.match(html, /<title>(?!Notebook)[^<]+<\/title>/);
      assert.not.match(html, /<script src="">/);
      for (const [, target] of html.matchAll(/ href="(?!\w+:)([^"#]+)/g)) {
        assert.ok(existsSync(join(out, page, '..', target)), `${page}: ${target}`);
        links++;
      }
    }
    assert.ok(links > pages.length, `${links} links`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('site: the workflow runs scripts that exist', () => {
  const workflow = readFileSync(join(ROOT, '.github', 'workflows', 'pages.yml'), 'utf8');
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const used = [...workflow.matchAll(/npm run (\S+)/g)].map(([, script]) => script);
  assert.equal(used, ['site']);
  for (const script of used) {
    const file = /^tsx (\S+)$/.exec(scripts[script]);
    assert.ok(file && existsSync(join(ROOT, file[1])), scripts[script]);
  }
});

test.run();
