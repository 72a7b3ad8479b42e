/**
 * @file `idlg data`: fetches a data set to where the other commands look for it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, oneLine } from '../data/dataset.ts';
import { download, isThere, unpack, type RemoteFile, type Source } from '../data/download.ts';
import { DATASET_NAMES, DATASETS } from '../data/load.ts';
import type { Screen } from './display.ts';
import { helpText } from './help.ts';
import { Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import { Progress } from './progress.ts';
import { DEFAULT_DATA } from './target.ts';

const TABLE: OptionTable = {
  from: {
    value: 'URL',
    about: 'fetch from this address instead: a folder with the files, ending in /, or the only file',
  },
  out: { value: 'DIR', about: `folder for the data sets [${DEFAULT_DATA}]` },
};

const describeSource = (name: string): string => {
  const { about, urls } = DATASETS[name].source!;
  return `${name}, ${about}: ${urls.join(' or ')}`;
};

export const DATA_HELP = helpText({
  name: 'data',
  about: 'fetch a data set to where the other commands look for it',
  usage: [[`${DATASET_NAMES.join('|')} [options]`]],
  options: TABLE,
  lists: [{ title: 'Data sets', items: DATASET_NAMES.map(describeSource) }],
  notes: [
    'Each file is checked against its sha256. If a transfer is interrupted, the same command resumes it. LFW ' +
      'consists of JPEG files; the command prints a second command, which converts them.',
  ],
  examples: ['mnist', 'lfw --out data'],
});

/** Runs the command. @throws {InputError} for a mistake in the options, or if the data set cannot be fetched. */
export async function dataCommand(args: readonly string[], screen: Screen, aside: Screen): Promise<void> {
  const options = new Options(TABLE, args, { positional: DATASET_NAMES.join('|') });
  const [given, another] = options.positionals, name = DATASET_NAMES.find((known) => known === given);
  if (!name || another !== undefined) {
    const got = options.positionals.length === 0 ? 'nothing' : `"${options.positionals.join(' ')}"`;
    throw new InputError(`data: expected one of ${DATASET_NAMES.join(', ')}, got ${got}`);
  }
  const from = options.text('from'), source = DATASETS[name].source!;
  if (from !== undefined) expectUrl(from);
  const out = new OutputFolder(options.text('out') ?? DEFAULT_DATA), folder = join(out.path, source.folder);
  const isFolder = source.files.length > 1 && !from?.endsWith('/');
  if (await fetchAll(source, from === undefined ? source.urls : [isFolder ? `${from}/` : from], out.path, aside)) {
    screen.write(`${name} is in ${folder}\n`);
  } else {
    screen.write(`${name} is in ${folder} already\n`);
  }
  if (source.next) screen.write(`${source.next(folder)}\n`);
}

/**
 * Fetches the missing files of a data set into the folder `out`. Returns whether any were missing.
 * @throws {InputError} if a file cannot be fetched, or something else stands in the data set's place.
 */
export async function fetchAll(
  source: Source, urls: readonly string[], out: string, aside: Screen,
): Promise<boolean> {
  const { files, folder, unpacked } = source;
  if (unpacked !== undefined) {
    if (existsSync(join(out, folder, unpacked))) return false;
    if (existsSync(join(out, folder))) {
      throw new InputError(`${join(out, folder)}: expected no such folder, or one with ${unpacked}, got one without`);
    }
  }
  let fetched = false;
  for (const file of files) {
    const place = unpacked === undefined ? join(out, folder) : out, path = join(place, file.name);
    if (!(await isThere(path, file))) await fetchOne(urls, place, file, aside);
    else if (unpacked === undefined) continue;
    fetched = true;
    if (unpacked === undefined) continue;
    aside.write(`unpacking ${file.name}\n`);
    await unpack(path, folder);
  }
  return fetched;
}

async function fetchOne(urls: readonly string[], folder: string, file: RemoteFile, aside: Screen): Promise<void> {
  const addresses = urls.map((url) => (url.endsWith('/') ? url + file.name : url));
  let progress: Progress | undefined;
  const say = (text: string): unknown => (progress ? progress.say(text) : aside.write(`${oneLine(text)}\n`));
  aside.write(`${file.name} from ${new URL(addresses[0]).host}\n`);
  await download(addresses, folder, file, {
    onTrouble: say,
    onBytes: (done, total) => {
      const kilobytes = Math.floor(done / 1000);
      progress ??= new Progress(aside, { total: total && Math.floor(total / 1000), before: kilobytes, ...KILOBYTES });
      progress.advance(kilobytes);
    },
  }).finally(() => progress?.finish());
}

const KILOBYTES = { one: 'kB', many: 'kB' } as const;

function expectUrl(text: string): void {
  const { protocol, username = '', password = '' } = URL.canParse(text) ? new URL(text) : ({} as Partial<URL>);
  if (username !== '' || password !== '') {
    throw new InputError('--from: expected an address without a user name and password, got one with them');
  }
  if (protocol === 'http:' || protocol === 'https:') return;
  throw new InputError(`--from: expected an address that begins with http:// or https://, got "${text}"`);
}
