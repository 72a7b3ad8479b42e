/**
 * @file The committed chapters, as readers see them: their figures are numbered, have captions, are of types that
 * viewers show, and are referred to by numbers that exist.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';

interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
  readonly metadata?: Readonly<Record<string, { readonly alt?: string }>>;
  readonly text?: readonly string[];
}

interface Cell {
  readonly cell_type: string;
  readonly source: readonly string[];
  readonly outputs?: readonly Output[];
}

const NOTEBOOKS = new URL('../../notebooks/', import.meta.url);
const files = readdirSync(NOTEBOOKS).filter((file) => file.endsWith('.ipynb'));
const chapters = files.map((file) => {
  const { cells, metadata } = JSON.parse(readFileSync(fileURLToPath(new URL(file, NOTEBOOKS)), 'utf8'));
  return { file, number: Number(file.slice(0, 2)), cells: cells as readonly Cell[], metadata };
});

const outputsOf = (cells: readonly Cell[]): readonly Output[] => cells.flatMap(({ outputs = [] }) => outputs);
const isPicture = ({ output_type }: Output): boolean => output_type !== 'stream';
const captionOf = ({ data }: Output): string => [data?.['text/plain'] ?? ''].flat().join('');
/** "3.2" */
const numberOf = (caption: string): string | undefined => /^Figure (\d+\.\d+)\. \S/.exec(caption)?.[1];
const figures = chapters.flatMap(({ cells }) => outputsOf(cells)).filter(isPicture)
  .map((one) => numberOf(captionOf(one)));

test('there are eight chapters', () => {
  assert.equal(chapters.map(({ number }) => number), [1, 2, 3, 4, 5, 6, 7, 8]);
});

for (const { file, number, cells, metadata } of chapters) {
  const outputs = outputsOf(cells), pictures = outputs.filter(isPicture);

  test(`${file}: pictures are SVG or PNG, never HTML, with a caption in plain text`, () => {
    assert.ok(pictures.length > 0);
    for (const picture of pictures) {
      const types = Object.keys(picture.data ?? {}), caption = captionOf(picture);
      assert.ok(['image/svg+xml,text/plain', 'image/png,text/plain'].includes(String(types)), `${caption}: ${types}`);
      assert.is(picture.metadata?.[types[0]]?.alt, caption);
    }
  });

  test(`${file}: figures are numbered in their order`, () => {
    assert.equal(pictures.map((one) => numberOf(captionOf(one))), pictures.map((_, i) => `${number}.${i + 1}`));
  });

  test(`${file}: a caption stands under each picture`, () => {
    for (const [i, picture] of outputs.entries()) {
      if (!isPicture(picture)) continue;
      const below = (outputs[i + 1]?.text ?? []).join('').replaceAll('\n', ' ');
      const caption = captionOf(picture);
      assert.ok(below.startsWith(`${caption} `), `${caption}: got "${below.slice(0, 80)}" below it`);
    }
  });

  test(`${file}: a chart shows its title`, () => {
    for (const { data } of pictures) {
      const svg = [data?.['image/svg+xml'] ?? ''].flat().join('');
      if (!svg) continue;
      const title = /<title>([^<]+)<\/title>/.exec(svg)![1];
      const shown = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text).join(' ');
      assert.ok(shown.startsWith(title), `expected "${title}" first, got "${shown.slice(0, 80)}"`);
    }
  });

  test(`${file}: prose refers to figures that exist`, () => {
    const prose = cells.filter(({ cell_type }) => cell_type === 'markdown').flatMap(({ source }) => source).join('');
    for (const [, reference] of prose.matchAll(/Figure\s(\d+\.\d+)/g)) {
      assert.ok(figures.includes(reference), `there is no Figure ${reference}`);
    }
  });

  test(`${file}: asks for no kernel`, () => {
    assert.equal(Object.keys(metadata), ['language_info']);
    assert.is(metadata.language_info.name, 'typescript');
  });
}

test.run();
