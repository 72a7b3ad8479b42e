/**
 * @file ZIP archives, from the back: the end record says where the directory is, the directory where the entries are.
 *
 *   entry:  local header (30 bytes) · name · extra · packed data, perhaps a descriptor
 *   file:   entries · directory (46 bytes · name · extra · comment, each) · ZIP64 end record and its locator, where
 *           16 or 32 bits are too few · end record (22 bytes) · comment
 *
 * All numbers are little-endian. Sizes are the directory's, because NumPy writes ZIP64's −1 into local headers.
 * PKWARE, "APPNOTE.TXT - .ZIP File Format Specification" 6.3.10; the numbers below are its sections.
 */
import { MAX_BYTES, mismatch } from './dataset.ts';
import { MAX_TENSORS, quote } from './tensors.ts';

const LOCAL = { signature: 0x04034b50, bytes: 30 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const END = { signature: 0x06054b50, bytes: 22 };
const END64 = { signature: 0x06064b50, bytes: 56 };
const LOCATOR64 = { signature: 0x07064b50, bytes: 20 };

const MAX_COMMENT = 0xffff;
/** The most bytes of all entries, unpacked. */
const MAX_TOTAL = 2 ** 29;
const STORED = 0;
const DEFLATED = 8;
/** Bits of the flags: 4 says that names are UTF-8, 1 that sizes follow the data, 2 are the packer's (4.4.4). */
const KNOWN_FLAGS = 0b1000_0000_1110;
const UTF8_FLAG = 1 << 11;
const IN_ZIP64 = 0xffffffff;

export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly packed: Uint8Array;
  /** Bytes unpacked, and their CRC-32. */
  readonly size: number;
  readonly crc: number;
}

interface Row extends ZipEntry {
  /** Where its local header is. */
  readonly offset: number;
}

interface Directory {
  readonly begin: number;
  readonly size: number;
  /** Where it has to end. */
  readonly end: number;
  readonly count: number;
}

/** Polynomial 0x04c11db7, bits reversed: the remainder of every byte. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

/** CRC-32 (4.4.7). */
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ REMAINDERS[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}

/**
 * The entries of a ZIP file in the order of its directory, still packed; `name` is the file's in messages.
 * @throws {InputError} if the file is damaged, split or encrypted, has a name twice, entries that share bytes,
 * a packing other than none or deflate, or more to unpack than MAX_BYTES in one entry and twice that in all.
 */
export function zipEntries(file: Uint8Array, name: string): ZipEntry[] {
  return new Archive(file, name).entries();
}

class Archive {
  readonly #file: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;

  constructor(file: Uint8Array, name: string) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.length);
    this.#name = name;
  }

  entries(): ZipEntry[] {
    const directory = this.#directory();
    const rows = this.#rows(directory);
    const names = new Set<string>();
    let total = 0, at = 0;
    for (const { name, size } of rows) {
      if (names.has(name)) throw mismatch(this.#name, `${quote(name)} once`, 'twice');
      names.add(name);
      total += size;
    }
    if (total > MAX_TOTAL) throw mismatch(this.#name, `at most ${MAX_TOTAL} bytes unpacked`, total);
    for (const { name, offset, packed } of [...rows].sort((a, b) => a.offset - b.offset)) {
      if (offset < at) throw mismatch(this.#name, `${quote(name)} to begin after byte ${at}`, offset);
      at = packed.byteOffset - this.#file.byteOffset + packed.length;
    }
    if (at > directory.begin) throw mismatch(this.#name, `entries to end before byte ${directory.begin}`, at);
    return rows;
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  /** Exact up to 2⁵³, past any file. */
  #u64(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  /** Whether such a record lies at `at`, wholly inside the file. */
  #has({ signature, bytes }: { signature: number; bytes: number }, at: number): boolean {
    return at >= 0 && at + bytes <= this.#file.length && this.#u32(at) === signature;
  }

  /** Where the end record is (4.3.16): its comment fills the file. */
  #end(): number {
    const last = this.#file.length - END.bytes;
    for (let at = last; at >= 0 && last - at <= MAX_COMMENT; at--) {
      if (this.#has(END, at) && this.#u16(at + 20) === last - at) return at;
    }
    throw mismatch(this.#name, 'a ZIP file', 'no end record');
  }

  /** The directory, which ends where the end record begins, or ZIP64's if there is one. */
  #directory(): Directory {
    const at = this.#end();
    const count = this.#u16(at + 10), size = this.#u32(at + 12), begin = this.#u32(at + 16);
    const isWhole = this.#u16(at + 4) === 0 && this.#u16(at + 6) === 0 && this.#u16(at + 8) === count;
    if (!isWhole) throw mismatch(this.#name, 'a whole archive', 'a part of one');
    const locator = at - LOCATOR64.bytes;
    const directory = this.#has(LOCATOR64, locator)
      ? this.#directory64(locator, { begin, size, count })
      : { begin, size, end: at, count };
    const end = directory.begin + directory.size;
    if (end !== directory.end) throw mismatch(this.#name, `the directory to end at byte ${directory.end}`, end);
    if (directory.count > MAX_TENSORS) throw mismatch(this.#name, `at most ${MAX_TENSORS} entries`, directory.count);
    return directory;
  }

  /** The same by ZIP64's end record (4.3.14) and locator (4.3.15). They repeat what is not all ones in `short`. */
  #directory64(locator: number, short: Omit<Directory, 'end'>): Directory {
    const end = this.#u64(locator + 8);
    const isSound = this.#has(END64, end) && end + 12 + this.#u64(end + 4) === locator;
    if (!isSound) throw mismatch(this.#name, `a ZIP64 end record before byte ${locator}`, 'none');
    const count = this.#u64(end + 32), size = this.#u64(end + 40), begin = this.#u64(end + 48);
    const isWhole = this.#u32(end + 16) === 0 && this.#u32(end + 20) === 0 && this.#u64(end + 24) === count;
    if (!isWhole) throw mismatch(this.#name, 'a whole archive', 'a part of one');
    const agree = (short.count === 0xffff || short.count === count) &&
      (short.size === IN_ZIP64 || short.size === size) && (short.begin === IN_ZIP64 || short.begin === begin);
    if (!agree) throw mismatch(this.#name, 'end records that agree', 'two that do not');
    return { begin, size, end, count };
  }

  #rows({ begin, end, count }: Directory): Row[] {
    const rows: Row[] = [];
    let at = begin;
    for (let i = 0; i < count; i++) {
      const data = at + CENTRAL.bytes;
      const isHere = this.#has(CENTRAL, at);
      const next = isHere ? data + this.#u16(at + 28) + this.#u16(at + 30) + this.#u16(at + 32) : Infinity;
      if (next > end) throw mismatch(this.#name, `entry ${i} of ${count} in the directory at byte ${at}`, 'none');
      rows.push(this.#row(at));
      at = next;
    }
    if (at !== end) throw mismatch(this.#name, `${count} entries in the directory`, 'more');
    return rows;
  }

  /** The entry of a central header (4.3.12). */
  #row(at: number): Row {
    const flags = this.#u16(at + 8), method = this.#u16(at + 10), nameLength = this.#u16(at + 28);
    const name = this.#entryName(at + CENTRAL.bytes, nameLength, flags);
    const where = `${this.#name} ${quote(name)}`;
    if (flags & ~KNOWN_FLAGS) throw mismatch(where, 'an entry without encryption', `flags 0x${flags.toString(16)}`);
    if (method !== STORED && method !== DEFLATED) throw mismatch(where, 'packing 0 or 8', method);
    const extra = at + CENTRAL.bytes + nameLength;
    const fields = [this.#u32(at + 24), this.#u32(at + 20), this.#u32(at + 42)];
    const [size, packedSize, offset] = this.#zip64(fields, extra, extra + this.#u16(at + 30), where);
    const disk = this.#u16(at + 34);
    if (disk !== 0) throw mismatch(where, 'an entry in this file', `one on disk ${disk}`);
    if (size > MAX_BYTES) throw mismatch(where, `at most ${MAX_BYTES} bytes unpacked`, size);
    if (method === STORED && size !== packedSize) throw mismatch(where, `${size} bytes stored`, packedSize);

    const isSame = this.#has(LOCAL, offset) && this.#u16(offset + 6) === flags && this.#u16(offset + 8) === method &&
      this.#u16(offset + 26) === nameLength;
    const begin = offset + LOCAL.bytes + nameLength + (isSame ? this.#u16(offset + 28) : 0);
    if (!isSame || begin + packedSize > this.#file.length) throw mismatch(where, `its data at byte ${offset}`, 'none');
    const localName = this.#entryName(offset + LOCAL.bytes, nameLength, flags);
    if (localName !== name) throw mismatch(where, 'its name at its data', quote(localName));
    const packed = this.#file.subarray(begin, begin + packedSize);
    return { name, deflated: method === DEFLATED, packed, size, crc: this.#u32(at + 16), offset };
  }

  /** A name in UTF-8; without the flag for it, in ASCII. */
  #entryName(at: number, length: number, flags: number): string {
    const bytes = this.#file.subarray(at, at + length);
    try {
      if (flags & UTF8_FLAG || bytes.every((byte) => byte < 0x80)) {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      }
    } catch {
      // Reported below.
    }
    throw mismatch(this.#name, `a name in ASCII or UTF-8 at byte ${at}`, 'other bytes');
  }

  /** The fields, those of all ones replaced by 64 bits each from the extra field of ZIP64 (4.5.3). */
  #zip64(fields: readonly number[], begin: number, end: number, where: string): number[] {
    if (!fields.includes(IN_ZIP64)) return [...fields];
    let at = begin;
    while (at + 4 <= end && this.#u16(at) !== 1) at += 4 + this.#u16(at + 2);
    let value = at + 4;
    const last = Math.min(end, at + 4 <= end ? value + this.#u16(at + 2) : 0);
    return fields.map((field) => {
      if (field !== IN_ZIP64) return field;
      if (value + 8 > last) throw mismatch(where, 'sizes of 64 bits', 'none');
      value += 8;
      return this.#u64(value - 8);
    });
  }
}
