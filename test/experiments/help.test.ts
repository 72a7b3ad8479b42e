/** @file Every command's help: 80 columns, commands that can be typed in a clone, and defaults that can be typed. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { ATTACK_HELP } from '../../src/experiments/attack.ts';
import { AUDIT_HELP } from '../../src/experiments/audit.ts';
import { DATA_HELP } from '../../src/experiments/data.ts';
import { DEFEND_HELP } from '../../src/experiments/defend.ts';
import { FIGURE1_HELP } from '../../src/experiments/figure1.ts';
import { FIGURE2_HELP } from '../../src/experiments/figure2.ts';
import { LABELS_HELP } from '../../src/experiments/labels.ts';
import { MERGE_HELP } from '../../src/experiments/merge.ts';
import { STAGES_HELP } from '../../src/experiments/stages.ts';
import { TABLE1_HELP } from '../../src/experiments/table1.ts';
import { TRAIN_HELP } from '../../src/experiments/train.ts';

const HELPS = {
  attack: ATTACK_HELP, audit: AUDIT_HELP, table1: TABLE1_HELP, figure1: FIGURE1_HELP, figure2: FIGURE2_HELP,
  defend: DEFEND_HELP, train: TRAIN_HELP, stages: STAGES_HELP, labels: LABELS_HELP, data: DATA_HELP, merge: MERGE_HELP,
};

for (const [name, help] of Object.entries(HELPS)) {
  test(`${name} --help: lines of at most 80 columns`, () => {
    for (const line of help.split('\n')) assert.ok([...line].length <= 80, `${[...line].length} columns: ${line}`);
  });

  test(`${name} --help: what is shown can be typed`, () => {
    assert.match(help, new RegExp(`^idlg ${name}: [^]*\n\nUsage: npm start -- ${name} `));
    const examples = help.slice(help.indexOf('\nExamples:\n')).split('\n').filter((line) => /^ {2}\S/.test(line));
    assert.ok(examples.length > 0);
    for (const line of examples) assert.ok(line.startsWith(`  npm start -- ${name}`), line);
    // A default in brackets is one word, and where there are choices it is one of them.
    const options = help.split(/^ {2}--/m).slice(1).map((text) => text.split('\n\n')[0]);
    assert.ok(options.length > 0);
    for (const option of options) {
      const otherwise = /\[([^\]]*)\]$/.exec(option.trim())?.[1], choices = /^\S+ (\S+\|\S+)$/m.exec(option)?.[1];
      if (otherwise === undefined) continue;
      assert.match(otherwise, /^\S+$/, option);
      const known = choices?.split('|');
      if (known) assert.ok(otherwise.split(',').every((one) => known.includes(one)), option);
    }
  });
}

test.run();
