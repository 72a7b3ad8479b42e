/**
 * @file The public names of `idlg/data`: data sets and pictures. It needs Node.
 */
export { InputError, type Dataset, type Example } from './dataset.ts';
export { DATASET_NAMES, loadDataset } from './load.ts';
export { mnist } from './idx.ts';
export { cifar100 } from './cifar.ts';
export { imageFolder, lfw, type ImageFolderOptions } from './image-folder.ts';
export { decodePng, encodePng, readPng } from './png.ts';
export { cropToSquare, enlarge, toRaster, toRgb, toTensor, type Raster } from './raster.ts';
export { type Tensors } from './tensors.ts';
export { encodeSafetensors, parseSafetensors } from './safetensors.ts';
export { readTensorFile } from './tensor-file.ts';
export { parseNpy } from './npy.ts';
export { parseNpz, parseNpzAsync } from './npz.ts';
export { inflate } from './inflate.ts';
export { resize } from './resize.ts';
export { digits, pictures } from './synthetic.ts';
