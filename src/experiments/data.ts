/**
 * @file `idlg data`: fetches a data set to where the other commands look for it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, oneLine } from '../data/dataset.ts';
import { download, isThere, unpack, type RemoteFile } from '../data/download.ts';
import { conversion } from '../data/image-folder.ts';
import { DATASET_NAMES, type DatasetName } from '../data/load.ts';
import type { Screen } from './display.ts';
import { describe, Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import { Progress } from './progress.ts';
import { DEFAULT_DATA } from './target.ts';

export interface Source {
  /** Folders that hold the files, each the same, or the file itself where there is one. */
  readonly urls: readonly string[];
  readonly files: readonly RemoteFile[];
  /** Where the files go, or what an archive holds. */
  readonly folder: string;
  /** An archive is unpacked; this is in it. */
  readonly unpacked?: string;
  /** Bytes, about, for the help. */
  readonly about: string;
}

/** As torchvision and scikit-learn list them. */
const SOURCES: Readonly<Record<DatasetName, Source>> = {
  mnist: {
    urls: [
      'https://ossci-datasets.s3.amazonaws.com/mnist/',
      'https://storage.googleapis.com/cvdf-datasets/mnist/',
    ],
    files: [
      ['train-images-idx3-ubyte.gz', 9912422, '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'],
      ['train-labels-idx1-ubyte.gz', 28881, '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'],
      ['t10k-images-idx3-ubyte.gz', 1648877, '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'],
      ['t10k-labels-idx1-ubyte.gz', 4542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'],
    ].map(([name, size, sha256]) => ({ name, size, sha256 }) as RemoteFile),
    folder: 'mnist',
    about: '12 MB',
  },
  cifar100: {
    urls: ['https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz'],
    files: [{
      name: 'cifar-100-binary.tar.gz',
      size: 168513733,
      sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
    }],
    folder: 'cifar-100-binary',
    unpacked: 'train.bin',
    about: '169 MB',
  },
  lfw: {
    urls: ['https://ndownloader.figshare.com/files/5976018'],
    files: [{ name: 'lfw.tgz', sha256: '055f7d9c632d7370e6fb4afc7468d40f970c34a80d4c6f50ffec63f5a8d536c0' }],
    folder: 'lfw',
    unpacked: 'Aaron_Eckhart',
    about: '180 MB',
  },
};

const TABLE: OptionTable = {
  from: {
    value: 'URL',
    about: 'another address: of a folder with the files, ending in /, or of the file where there is one',
  },
  out: { value: 'DIR', about: `the folder for data sets [${DEFAULT_DATA}]` },
};

function describeSource({ about, urls }: Source): string {
  return `${about.padEnd(7)} ${urls.join(' or ')}`;
}

export const DATA_HELP = `idlg data: fetch a data set to where the other commands look for it

Usage: idlg data ${DATASET_NAMES.join('|')} [options]

${describe(TABLE)}

Data sets:
${DATASET_NAMES.map((name) => `  ${name.padEnd(9)} ${describeSource(SOURCES[name])}`).join('\n')}

Each file is checked against its sha256. Interrupted, the same command goes on where it stopped. LFW comes as JPEG; you
are told the command that converts it.
`;

/** Runs the command. @throws {InputError} for a mistake in the options, and where the data set cannot be had. */
export async function dataCommand(args: readonly string[], screen: Screen, aside: Screen): Promise<void> {
  const options = new Options(TABLE, args, { positional: DATASET_NAMES.join('|') });
  const [given, another] = options.positionals, name = DATASET_NAMES.find((known) => known === given);
  if (!name || another !== undefined) {
    const got = options.positionals.length === 0 ? 'nothing' : `"${options.positionals.join(' ')}"`;
    throw new InputError(`data: expected one of ${DATASET_NAMES.join(', ')}, got ${got}`);
  }
  const from = options.text('from'), source = SOURCES[name];
  if (from !== undefined) expectUrl(from);
  const out = new OutputFolder(options.text('out') ?? DEFAULT_DATA), folder = join(out.path, source.folder);
  const isFolder = source.files.length > 1 && !from?.endsWith('/');
  if (await fetchAll(source, from === undefined ? source.urls : [isFolder ? `${from}/` : from], out.path, aside)) {
    screen.write(`${name} is in ${folder}\n`);
  } else {
    screen.write(`${name} is in ${folder} already\n`);
  }
  if (name === 'lfw') screen.write(`its pictures are JPEGs; to make the PNGs that are read: ${conversion(folder)}\n`);
}

/**
 * Fetches a data set's files that are not there into folder `out`. Returns whether there were any.
 * @throws {InputError} where one cannot be had, or something else stands in the data set's place.
 */
export async function fetchAll(
  source: Source, urls: readonly string[], out: string, aside: Screen,
): Promise<boolean> {
  const { files, folder, unpacked } = source;
  if (unpacked !== undefined) {
    if (existsSync(join(out, folder, unpacked))) return false;
    if (existsSync(join(out, folder))) {
      throw new InputError(`${join(out, folder)}: expected no such folder, or one with ${unpacked}, got another`);
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
      progress ??= new Progress(aside, { total: total && Math.floor(total / 1000), before: kilobytes, what: 'kB' });
      progress.advance(kilobytes);
    },
  }).finally(() => progress?.finish());
}

function expectUrl(text: string): void {
  const { protocol, username = '', password = '' } = URL.canParse(text) ? new URL(text) : ({} as Partial<URL>);
  if (username !== '' || password !== '') {
    throw new InputError('--from: expected an address without a user name and password, got one with them');
  }
  if (protocol === 'http:' || protocol === 'https:') return;
  throw new InputError(`--from: expected an address that begins with http:// or https://, got "${text}"`);
}
