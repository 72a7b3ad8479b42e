/**
 * @file `npm run bench`: what an evaluation costs here; with `--torch` beside PyTorch; with `--playground` how long the
 * page takes. Exit codes as the CLI's.
 */
import { InputError } from '../src/data/dataset.ts';
import { describe, Options, type OptionTable } from '../src/experiments/options.ts';
import { DEFAULT_DATA } from '../src/experiments/target.ts';
import { measureEngine } from './engine.ts';
import { measurePlayground } from './playground.ts';
import { engineTables, playgroundTable, torchTables } from './tables.ts';
import { compareWithTorch } from './torch.ts';
import { NETWORKS } from './victim.ts';

const TABLE: OptionTable = {
  rounds: { value: 'N', about: 'rounds of each timing; the smallest and the median are printed [9]' },
  torch: { about: 'beside PyTorch, one thread each: evaluations, then whole attacks on real images' },
  python: { value: 'FILE', about: 'a Python with torch; default: python3, then /usr/bin/python3' },
  data: { value: 'DIR', about: `with --torch: folder with the real data sets [${DEFAULT_DATA}]` },
  datasets: { value: 'LIST', about: 'with --torch: the networks, and the data sets attacked [mnist,cifar100,lfw]' },
  runs: { value: 'N', about: 'with --torch: attacks on each data set with each line search; 0 for none [20]' },
  iterations: { value: 'N', about: 'with --torch: at most N iterations per attack [300]' },
  out: { value: 'FILE.jsonl', about: 'with --torch: keep the attacks in this file, and resume after them next time' },
  playground: { about: 'instead: the page in Chromium, one visit per round' },
  json: { about: 'print everything as JSON' },
};

const HELP = `Measures this implementation, as ratios where the machine matters.

Usage: npm run bench -- [options]

${describe(TABLE)}
`;

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(HELP);
  const options = new Options(TABLE, args);
  const rounds = options.integer('rounds', 1, 1000) ?? 9;
  const print = (report: object, tables: () => string): void =>
    void process.stdout.write(options.has('json') ? `${JSON.stringify(report, null, 2)}\n` : tables());
  options.exclude('playground', ['torch'], 'the page and PyTorch are measured apart');
  if (!options.has('torch')) {
    for (const name of ['python', 'data', 'datasets', 'runs', 'iterations', 'out']) {
      if (options.has(name)) throw new InputError(`--${name}: expected together with --torch`);
    }
    if (options.has('playground')) {
      const report = await measurePlayground(rounds);
      return print(report, () => playgroundTable(report));
    }
    const report = measureEngine(rounds);
    return print(report, () => engineTables(report));
  }
  const datasets = (options.text('datasets') ?? Object.keys(NETWORKS).join(',')).split(',');
  for (const name of datasets) {
    if (Object.hasOwn(NETWORKS, name)) continue;
    throw new InputError(`--datasets: expected some of ${Object.keys(NETWORKS).join(',')}, got "${name}"`);
  }
  const report = await compareWithTorch({
    rounds,
    python: options.text('python'),
    data: options.text('data') ?? DEFAULT_DATA,
    datasets: datasets as (keyof typeof NETWORKS)[],
    runs: options.integer('runs', 0, 10_000) ?? 20,
    iterations: options.integer('iterations', 1, 1_000_000) ?? 300,
    out: options.text('out'),
  });
  print(report, () => torchTables(report));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}
