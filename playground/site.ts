/**
 * @file `npm run site`: the playground and the notebooks as pages, in one folder for a static host.
 *
 *   index.html          links to all of them
 *   playground/         the page, as build.ts makes it
 *   notebooks/*.html    the notebooks, rendered by jupyter-nbconvert
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../src/data/dataset.ts';
import { onDisk } from '../src/data/files.ts';
import { describe, Options, type OptionTable } from '../src/experiments/options.ts';
import { wrap } from '../src/experiments/text.ts';
import { escape } from '../src/plot/svg.ts';
import { build } from './build.ts';

const NOTEBOOKS = fileURLToPath(new URL('../notebooks', import.meta.url));

/**
 * Where a rendered notebook finds MathJax: Debian's nbconvert would name a file of the machine that it runs on. Nothing
 * in the notebooks needs require.js.
 */
const MATHJAX = 'https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/latest.js?config=TeX-AMS_CHTML-full,Safe';
const SCRIPTS = [`--HTMLExporter.mathjax_url=${MATHJAX}`, '--HTMLExporter.require_js_url='];
/** Shows charts as pictures, as sanitised pages need (notebooks/README.md). */
const TEMPLATE = ['--template-file', join(NOTEBOOKS, 'tools', 'nbconvert.html.j2')];

const TABLE: OptionTable = {
  out: { value: 'DIR', about: 'folder to build in, which is emptied first [site]' },
  repository: { value: 'URL', about: 'repository to link to for files not on the site; default: no such links' },
};

const ABOUT = 'Builds the playground and renders the notebooks into one folder for a static host; needs ' +
  'jupyter-nbconvert.';

const HELP = `${wrap('', ABOUT)}
Usage: npm run site -- [options]

${describe(TABLE)}
`;

/** A chapter: its file's name without the ending, and its title. */
export interface Chapter {
  readonly name: string;
  readonly title: string;
}

/** The notebooks in order, by their first headings. */
export function chapters(): Chapter[] {
  const files = readdirSync(NOTEBOOKS).filter((file) => file.endsWith('.ipynb')).sort();
  return files.map((file) => {
    const { cells } = JSON.parse(readFileSync(join(NOTEBOOKS, file), 'utf8')) as {
      cells: readonly { source: string | readonly string[] }[];
    };
    const text = cells.map(({ source }) => [source].flat().join('')).join('\n'), name = file.replace(/\.ipynb$/, '');
    return { name, title: (/^# (?:\d+\. )?(.+)$/m.exec(text)?.[1] ?? name).replace(/[`*$]/g, '') };
  });
}

/**
 * A rendered notebook whose links lead to pages of the site: other notebooks and the sources; and all other files to
 * the repository.
 */
export function relink(html: string, repository?: string): string {
  return html.replace(/ href="((?:\.\.\/)?\w[^":]*)"/g, (_, target: string) => {
    const [path] = target.split('#');
    if (path.endsWith('.ipynb')) return ` href="${path.replace(/\.ipynb$/, '.html')}"`;
    const source = /^\.\.\/src\/(.+)\.ts$/.exec(path);
    if (source) return ` href="../playground/source/${source[1]}.html"`;
    const inRepository = path.startsWith('../') ? path.slice(3) : `notebooks/${path}`;
    return repository ? ` href="${escape(repository)}/blob/HEAD/${inRepository}"` : '';
  });
}

/** The page that links to the others. */
export function indexPage(all: readonly Chapter[], repository?: string): string {
  const items = all.map(({ name, title }) => `<li><a href="notebooks/${name}.html">${escape(title)}</a></li>`);
  const source = repository ? `<p>The <a href="${escape(repository)}">repository</a> has the code.</p>\n` : '';
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>iDLG in TypeScript</title>
<link rel="stylesheet" href="playground/style.css">
</head>
<body>
<h1>iDLG in TypeScript</h1>
<p>In federated learning a client keeps its image and shares only the gradient of its loss. These pages show how much of
the image that gradient gives away.</p>
<p><a href="playground/">The playground</a>: draw a picture and recover it from its gradient, in your browser.</p>
<h2>Chapters</h2>
<ol>
${items.join('\n')}
</ol>
${source}</body>
</html>
`;
}

/** @throws {InputError} if nbconvert is missing or fails, or nothing can be written. */
function buildSite(out: string, repository: string | undefined): void {
  onDisk(out, 'to build there', () => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(join(out, 'notebooks'), { recursive: true });
  });
  build(join(out, 'playground'));
  const all = chapters(), pages = join(out, 'notebooks');
  const files = all.map(({ name }) => join(NOTEBOOKS, `${name}.ipynb`));
  const args = ['--log-level', 'WARN', '--to', 'html', ...SCRIPTS, ...TEMPLATE, '--output-dir', pages, ...files];
  const { status, error } = spawnSync('jupyter-nbconvert', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw new InputError(`jupyter-nbconvert: expected it on the PATH, got ${error.message}`);
  if (status !== 0) throw new InputError(`jupyter-nbconvert: expected pages, got exit code ${status}`);
  for (const { name, title } of all) {
    const page = join(pages, `${name}.html`), html = relink(readFileSync(page, 'utf8'), repository);
    const titled = html.replace(/<title>[^<]*<\/title>/, () => `<title>${escape(title)}</title>`);
    writeFileSync(page, titled.replace('<script src=""></script>', ''));
  }
  writeFileSync(join(out, 'index.html'), indexPage(all, repository));
  process.stdout.write(`Built in ${out}\n`);
}

function main(args: readonly string[]): void {
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(HELP);
  const options = new Options(TABLE, args);
  buildSite(options.text('out') ?? 'site', options.text('repository'));
}

// Only as a program: the test imports the functions above.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    process.stderr.write(`site: ${error.message}\n`);
    process.exitCode = 2;
  }
}
