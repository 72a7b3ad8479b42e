/**
 * @file `npm run playground`: builds the page and serves it on this machine. Exit codes as those of the command line.
 */
import { createServer } from 'node:http';
import { InputError } from '../src/data/dataset.ts';
import { describe, Options, type OptionTable } from '../src/experiments/options.ts';
import { build, BUILT } from './build.ts';
import { filesOf } from './server.ts';

const DEFAULT_PORT = 8000;

const TABLE: OptionTable = {
  port: { value: 'N', about: `port of the address http://localhost:N/; 0 takes any that is free [${DEFAULT_PORT}]` },
  build: { about: 'only build playground/dist, a folder that any static host can serve as it is' },
};

const HELP = `Builds the playground and serves it on localhost.

Usage: npm run playground -- [options]

${describe(TABLE)}
`;

function main(args: readonly string[]): void {
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(HELP);
  const options = new Options(TABLE, args), port = options.integer('port', 0, 65535) ?? DEFAULT_PORT;
  options.exclude('build', ['port'], 'with --build nothing is served');
  if (options.has('build')) {
    build();
    return void process.stdout.write(`Built in ${BUILT}\n`);
  }
  const server = createServer();
  server.on('error', ({ message }) => fail(new InputError(`--port ${port}: ${message}`)));
  // The port first: if it is in use, nothing is built.
  server.listen(port, '127.0.0.1', () => {
    try {
      build();
      server.on('request', filesOf(BUILT));
      const address = server.address();
      if (address && typeof address === 'object') process.stdout.write(`http://localhost:${address.port}/\n`);
    } catch (error) {
      server.close();
      fail(error);
    }
  });
}

function fail(error: unknown): void {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`playground: ${error.message}\n`);
  process.exitCode = 2;
}

try {
  main(process.argv.slice(2));
} catch (error) {
  fail(error);
}
