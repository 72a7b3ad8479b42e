/**
 * @file `npm run build`: the package, compiled to dist/. tsc leaves a file's opening comment out of its declarations
 * where it shortens the import that follows; it is put back, so that an editor shows what the file is about.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** Compiles src to the folder `out`, which is emptied first; @param options more of tsc's. */
export function build(out: string, options: readonly string[] = []): void {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  rmSync(out, { recursive: true, force: true });
  const args = [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', out, ...options];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  for (const name of sources.filter((file) => file.endsWith('.ts'))) {
    const opening = openingOf(readFileSync(join(ROOT, 'src', name), 'utf8'));
    restore(join(out, name.replace(/\.ts$/, '.d.ts')), opening);
  }
}

/** The comment that a source begins with, and its line's end; empty if there is none. */
export const openingOf = (source: string): string => /^(?:#!.*\n)?(\/\*\*[^]*?\*\/\n)/.exec(source)?.[1] ?? '';

/** Puts the comment before the declarations, unless it is there, and moves their map down by as many lines. */
function restore(path: string, opening: string): void {
  const text = readFileSync(path, 'utf8'), map = `${path}.map`;
  if (text.includes(opening)) return;
  const [first] = /^(?:#!.*\n)?/.exec(text)!; // what starts a program comes before all else
  writeFileSync(path, first + opening + text.slice(first.length));
  if (!existsSync(map)) return;
  const { mappings, ...rest } = JSON.parse(readFileSync(map, 'utf8')) as { readonly mappings: string };
  const down = ';'.repeat(opening.split('\n').length - 1);
  writeFileSync(map, JSON.stringify({ ...rest, mappings: down + mappings }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build(join(ROOT, 'dist'));
