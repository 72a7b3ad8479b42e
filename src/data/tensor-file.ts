/**
 * @file A file of tensors, whichever of the formats it is in: its first bytes tell.
 */
import { mismatch } from './dataset.ts';
import { quotedForShell, readBytes } from './files.ts';
import { inflate } from './inflate.ts';
import { parseNpz } from './npz.ts';
import { parseSafetensors } from './safetensors.ts';
import type { OtherTypes, Tensors } from './tensors.ts';

/** How an archive begins, .npz and PyTorch's .pt alike, and the name in it of PyTorch's pickle. */
const ZIP = 'PK\x03\x04', PYTORCH = 'data.pkl';
const NPY = '\x93NUMPY', PNG = '\x89PNG';
/** How a pickle begins; a safetensors file, whose length may begin so too, has a { at its byte 8. */
const PICKLE = '\x80';

/** The shell command that makes a .npz of a state_dict that torch.save wrote; with weights_only it runs no program. */
function conversion(path: string): string {
  const [from, to] = [path, `${path.replace(/\.\w+$/, '')}.npz`].map(quotedForShell);
  const load = "torch.load(sys.argv[1], map_location='cpu', weights_only=True)";
  const arrays = `{n: t.detach().numpy() for n, t in ${load}.items()}`;
  return `python3 -c "import numpy, sys, torch; numpy.savez(sys.argv[2], **${arrays})" ${from} ${to}`;
}

/**
 * The tensors of a .safetensors or .npz file.
 * @param others gets the tensors of other numbers than floating-point ones; without it they are mistakes.
 * @throws {InputError} if it is neither, or damaged. Pickles are programs and are never read; the error has a command
 *   that converts one.
 */
export function readTensorFile(path: string, others?: OtherTypes): Tensors {
  const bytes = readBytes(path), front = bytes.subarray(0, 4096).toString('latin1');
  const isPickle = (front.startsWith(PICKLE) && front[8] !== '{') || (front.startsWith(ZIP) && front.includes(PYTORCH));
  if (front.startsWith(PNG)) throw mismatch(path, 'safetensors or .npz', 'a PNG, which holds a picture');
  if (front.startsWith(NPY)) throw mismatch(path, 'safetensors or .npz', 'a .npy file, of one unnamed array');
  if (isPickle) {
    const got = `a pickle, which may run any program and is never read; this converts it: ${conversion(path)}`;
    throw mismatch(path, 'safetensors or .npz', got);
  }
  return front.startsWith(ZIP) ? parseNpz(bytes, path, inflate, others)
    : parseSafetensors(bytes, path, others);
}
