/**
 * @file The fixtures: files of values from PyTorch, Pillow and others, in the folder that the environment variable
 * FIXTURES names, by default test/fixtures. A relative name starts at the repository. A test whose fixture is not there
 * is skipped.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { test } from './test.ts';

/** All that tests read; `*` stands for any text. */
const FIXTURES = [
  'gradient-matching-*.json.gz',
  'lbfgs-*.json',
  'resize-bilinear.json',
  'ssim.json',
  'stochastic.json',
  'strong-wolfe.json',
] as const;

export type Fixture = (typeof FIXTURES)[number];

/** In test/fixtures, but no fixtures: scripts that wrote them, and what tests know by heart. */
const BESIDE = ['*.py', 'captures'];

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = resolve(REPOSITORY, process.env.FIXTURES || 'test/fixtures');

const matches = (file: string, name: string): boolean => {
  const [start, end] = name.split('*');
  return end === undefined ? file === name : file.startsWith(start) && file.endsWith(end);
};

function files(): string[] {
  if (!existsSync(FOLDER)) throw new Error(`FIXTURES: there is no folder ${FOLDER}`);
  return readdirSync(FOLDER).sort();
}

/** A fixture's files, in alphabetical order, each with what it holds. Where there are none, their tests are skipped. */
export function fixtures<T>(name: Fixture): { readonly file: string; readonly json: T }[] {
  const found = files().filter((file) => matches(file, name));
  if (found.length === 0) test.skip(`the tests of ${name}`, notFound(name));
  return found.map((file) => ({ file, json: read(file) }));
}

/** A test of a fixture which is one file. */
export function fixtureTest<T>(name: Fixture, title: string, check: (json: T) => void): void {
  if (files().includes(name)) test(title, () => check(read(name)));
  else test.skip(title, notFound(name));
}

const notFound = (name: Fixture): string => `there is no ${name} in ${FOLDER}`;

function read<T>(file: string): T {
  const bytes = readFileSync(resolve(FOLDER, file));
  try {
    return JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

/** What a summary says of the folder: fixtures that it lacks, and files that are none. @throws where it is no folder. */
export function surveyOfFixtures(): { readonly folder: string; readonly missing: string[]; readonly unknown: string[] } {
  const present = files(), known = [...FIXTURES, ...BESIDE];
  return {
    folder: FOLDER,
    missing: FIXTURES.filter((name) => !present.some((file) => matches(file, name))),
    unknown: present.filter((file) => !known.some((name) => matches(file, name))),
  };
}
