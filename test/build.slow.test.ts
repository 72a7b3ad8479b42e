/** @file The package as it is compiled: every declaration file opens as its source does, and its map still fits. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from './check/test.ts';
import * as assert from 'uvu/assert';
import { build, openingOf } from '../build.ts';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

test('openingOf: the first comment, after #! too; none of a file that begins with code', () => {
  assert.is(openingOf('/**\n * @file A.\n */\nimport 1;\n/** b */\n'), '/**\n * @file A.\n */\n');
  assert.is(openingOf('#!/usr/bin/env node\n/** @file A. */\ncode\n'), '/** @file A. */\n');
  assert.is(openingOf('code\n/** b */\n'), '');
});

test('build: every declaration file has the opening comment of its source, once, before its code', () => {
  const out = mkdtempSync(join(tmpdir(), 'idlg-build-'));
  try {
    build(out, ['--noCheck']);
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    assert.ok(files.length > 100, `${files.length} files`);
    for (const file of files) {
      const opening = openingOf(readFileSync(join(SRC, file), 'utf8'));
      assert.match(opening, /@file/, file);
      const path = join(out, file.replace(/\.ts$/, '.d.ts')), text = readFileSync(path, 'utf8');
      assert.is(text.split(opening).length, 2, `${file}: its opening comment is in the declarations once`);
      // A line of the map for each of the declarations; the first after the comment is not empty.
      const { mappings } = JSON.parse(readFileSync(`${path}.map`, 'utf8')), lines: string[] = mappings.split(';');
      const last = text.split('\n').findIndex((line) => line.startsWith('//# sourceMappingURL'));
      assert.ok(lines.length <= last + 1, `${file}: ${lines.length} lines in the map, ${last} of declarations`);
      assert.is(text.indexOf('#!'), file === 'cli.ts' ? 0 : -1, file);
      const isProgram = text.includes('export {};'); // which declares nothing
      if (!isProgram) assert.match(lines[opening.split('\n').length - 1], /^\w/, file);
    }
    assert.ok(existsSync(join(out, 'cli.js')));
  } finally {
    rmSync(out, { recursive: true });
  }
});

test.run();
