/** @file What is made wrong in src/data. */
import type { Table } from './engine.ts';

export const DATA: Table = {
  'src/data/raster.ts': [
    ['Math.min(width, height);', 'Math.max(width, height);', 'a square that is larger than the picture'],
    ['(width - side) / 2', '0', 'the left square of a wide picture'],
    ['(height - side) / 2', '0', 'the top square of a high picture'],
    ['((top + y) * width + left) * channels', '((top + y) * width + left)', 'a crop of one channel'],
    ['Math.floor(y / factor) * width', 'Math.floor(y / factor) * height', 'enlarged pictures are as high as wide'],
  ],

  'src/data/png.ts': [
    ['if (file.subarray(0, JPEG.length).equals(JPEG)) {', 'if (false) {', 'a JPEG is not told from other files'],
  ],

  'src/data/tensor-file.ts': [
    ["'')}.npz`", "'')}.pt`", 'a pickle is overwritten by what it is converted to'],
  ],

  'src/data/npz.ts': [
    ['others && error instanceof OtherTypeError', 'others', 'an array that is damaged is one of other numbers'],
    ['others.set(key, error.descr);', '', 'arrays of other numbers are lost'],
  ],

  'src/data/safetensors.ts': [
    ['if (!others) throw', 'if (false) throw', 'other dtypes are ignored by anyone'],
    ['others.set(key, dtype);', '', 'tensors of other dtypes are lost'],
  ],

  'src/data/network-description.ts': [
    ['value.length > 0 && value.every(isNumber)', 'value.every(isNumber)', 'a mean of no numbers'],
    [' && Number.isFinite(value);', ';', 'a mean of infinity'],
    ['(number) => number > 0)', '(number) => number >= 0)', 'a std of 0'],
    ['key in rest || isRequired', 'key in rest', 'a layer without what is required'],
    ['value > 0 && value < 1', 'value > 0', 'everything may be dropped'],
  ],

  'src/data/lock.ts': [
    ['host === hostname() && ', '', 'a process of another machine is dead'],
    [" || (start ?? '') !== startOf(Number(pid))", '', 'a number that is in use again is the same process'],
    ['if (read(path) === held) rmSync(path);', 'rmSync(path);', 'a lock just taken is removed'],
    ['if (read(path) === mine) rmSync(path);', 'rmSync(path);', 'another’s lock is given back'],
    ['    unlock();\n', '', 'the takeover is never over'],
  ],

  'src/data/download.ts': [
    ['(await sumOf(path)) === sha256', 'true', 'any file is the one meant'],
    ['if (sum === sha256) return;\n  rmSync(path);', 'if (sum === sha256) return;', 'wrong bytes are kept'],
    ['...(done > 0 ? { range: `bytes=${done}-` } : {})', '', 'cut off, it begins again'],
    ['if (goesOn && start !== done)', 'if (false)', 'bytes of any place are added'],
    ['announced !== undefined && announced !== file.size', 'false', 'a log-in page overwrites what is here'],
    ['timer.refresh();', '', 'slow is stalled'],
    ['if (failures === tries)', 'if (failures > tries)', 'one try more'],
    ["onDisk(archive, 'to remove it', () => rmSync(archive));", '', 'the archive stays'],
  ],
};
