/**
 * @file Builds the playground: a folder of static files that any host can serve, with relative addresses only.
 *
 *   index.html           the page, with what is made here at its <!-- marks -->
 *   playground/, src/    the page's own modules and those of the library that it uses, compiled by tsc
 *   film-*.png           Figure 1, from an attack that the build runs
 *   source/              the library's sources as pages, for the equations to link to: a host need not know .ts
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { idlg } from '../src/attack/idlg.ts';
import { InputError } from '../src/data/dataset.ts';
import { makeFolder, onDisk } from '../src/data/files.ts';
import { encodePng } from '../src/data/png.ts';
import { toRaster } from '../src/data/raster.ts';
import { accelerate } from '../src/kernels/accelerate.ts';
import { lenet } from '../src/nn/lenet.ts';
import { chooseFrames } from '../src/plot/film-strip.ts';
import { escape } from '../src/plot/svg.ts';
import { unstack, type Tensor } from '../src/tensor/tensor.ts';
import { face } from './page/face.ts';
import { POLICY } from './server.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = dirname(HERE.replace(/\/$/, ''));
const PAGE = join(HERE, 'page');
export const BUILT = join(HERE, 'dist');

/** Frames of Figure 1 beside the original: its first iterations, in which the face emerges, and its last. */
const FRAMES = 7;

/** Empties `out` and builds there. @throws {InputError} if the page does not compile, or nothing can be written. */
export function build(out = BUILT): void {
  onDisk(out, 'to build there', () => buildInto(out));
}

function buildInto(out: string): void {
  rmSync(out, { recursive: true, force: true });
  makeFolder(out);
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', HERE, '--outDir', out];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) {
    const why = stdout.split('\n').find((line) => line.includes('error')) ?? `tsc ends with ${status}`;
    throw new InputError(`expected a page that compiles, got ${why}`);
  }
  copyFileSync(join(PAGE, 'style.css'), join(out, 'style.css'));
  const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`;
  const marks = { policy, film: writeFilm(out), methods: methodColumns(), notebooks: copyNotebooks(out) };
  let html = readFileSync(join(PAGE, 'index.html'), 'utf8');
  for (const [mark, made] of Object.entries(marks)) html = html.replace(`<!-- ${mark} -->`, () => made);
  writeFileSync(join(out, 'index.html'), html);
  writeSources(join(ROOT, 'src'), join(out, 'source'));
}

/** Attacks the page's own first client and writes the frames. */
function writeFilm(out: string): string {
  const image = face(), seed = 0;
  const network = accelerate(lenet({ channels: 1, height: 28, width: 28, classes: 10, seed }));
  const reconstructions: Tensor[] = [];
  idlg(network, network.gradient(image, 0), {
    seed,
    onIteration: ({ images: { shape, data } }) => void reconstructions.push(...unstack({ shape, data: data.slice() })),
  });
  const chosen = chooseFrames(reconstructions.length, FRAMES);
  const items = chosen.map((n, k) => {
    const isLast = k === chosen.length - 1, file = `film-${isLast ? 'last' : k}.png`;
    writeFileSync(join(out, file), encodePng(toRaster(reconstructions[n])));
    return n === 0 ? filmItem(file, 'noise', 'Noise')
      : filmItem(file, String(n), `The reconstruction after ${n} iterations`);
  });
  writeFileSync(join(out, 'film-original.png'), encodePng(toRaster(image)));
  items.push(filmItem('film-original.png', 'original', 'The original: a drawn face'));
  return `<ol class="film">\n${items.join('\n')}\n</ol>`;
}

const filmItem = (file: string, caption: string, alt: string): string =>
  `<li><img src="${file}" width="28" height="28" alt="${alt}"><span aria-hidden="true">${caption}</span></li>`;

/** The two columns of Figure 4, alike but for the method. */
function methodColumns(): string {
  const pictures = ['original', 'reconstruction', 'difference'];
  const numbers = {
    iteration: 'iterations', evaluations: 'evaluations', objective: 'L<sub>G</sub>', mse: 'MSE', seconds: 'seconds',
  };
  return ['iDLG', 'DLG'].map((method) => {
    const shown = pictures.map((name) =>
      `<div><canvas id="${method}-${name}" width="28" height="28" role="img" aria-label="${method}, ${name}">` +
      `</canvas><span>${name}</span></div>`);
    const told = Object.entries(numbers).map(([id, name]) =>
      `<dt>${name}</dt><dd><data id="${method}-${id}">–</data></dd>`);
    return `<div><h3>${method}</h3>\n<div class="three">${shown.join('\n')}</div>\n<dl>${told.join('\n')}</dl>\n` +
      `<p class="verdict" id="${method}-verdict"></p></div>`;
  }).join('\n');
}

/** What is read of a notebook: the text of its cells, whole or in lines. */
interface Notebook {
  readonly cells: readonly { readonly source: string | readonly string[] }[];
}

/** Copies the notebooks beside the page and lists them by their first headings; an empty text if there are none. */
function copyNotebooks(out: string): string {
  const folder = join(ROOT, 'notebooks');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.ipynb')).sort() : [];
  if (files.length === 0) return '';
  mkdirSync(join(out, 'notebooks'));
  const items = files.map((file) => {
    copyFileSync(join(folder, file), join(out, 'notebooks', file));
    const { cells } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Notebook;
    const text = cells.map(({ source }) => [source].flat().join('')).join('\n');
    const heading = /^# (.+)$/m.exec(text)?.[1] ?? file;
    return `<li><a href="notebooks/${encodeURI(file)}" download>${escape(heading.replace(/[`*$]/g, ''))}</a></li>`;
  });
  return `<p>And the notebooks, to run and to change in Jupyter:</p>\n<ul class="reading">\n${items.join('\n')}\n</ul>`;
}

/** Each source as a page of its own, imports as links. */
function writeSources(from: string, to: string): void {
  const names = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const name of names) {
    const up = relative(dirname(join(to, name)), dirname(to));
    const asPage = (text: string): string => text.replace(/\.ts$/, '.html');
    const linked = escape(readFileSync(join(from, name), 'utf8'))
      .replace(/from '(\.[^']+\.ts)'/g, (_, path: string) => `from '<a href="${asPage(path)}">${path}</a>'`);
    mkdirSync(dirname(join(to, name)), { recursive: true });
    writeFileSync(join(to, asPage(name)), `<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${name}</title><link rel="stylesheet" href="${up}/style.css">
</head><body><p class="aside"><a href="${up}/index.html">Playground</a> · src/${name}</p>
<pre class="source"><code>${linked}</code></pre></body></html>
`);
  }
}
