/** @file A network's description in JSON: what is read, and what is said of what is not one. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { parseNetworkDescription } from '../../src/data/network-description.ts';
import { rejects } from './files.ts';

const layer = (more: object) => JSON.stringify({ layers: [{ type: 'conv2d', name: 'c', ...more }] });

test('parseNetworkDescription: the layers as they are written', () => {
  const layers = [
    { type: 'conv2d', name: 'conv1', kernel: 5, stride: 2, padding: 0, activation: 'tanh' },
    { type: 'maxpool2d', kernel: 3, stride: 2, padding: 1 },
    { type: 'batchnorm2d', name: 'bn1', eps: 0.001, mode: 'eval', activation: 'leaky-relu' },
    { type: 'averagepool2d', name: 'pool', kernel: 2, activation: 'silu' },
    { type: 'averagepool2d', name: 'pool', kernel: 4 },
    { type: 'relu' },
    { type: 'leaky-relu', slope: 0.2 },
    { type: 'linear', name: 'tied' },
    { type: 'linear', name: 'tied', activation: 'tanh' },
    { type: 'linear', name: 'fc' },
  ];
  const unnamed = [{ type: 'normalize', mean: [0.5, 0, -1], std: [0.2] }, { type: 'dropout', p: 0.25 }];
  const both = [unnamed[0], layers[0], unnamed[1], layers[1], unnamed[1]];
  assert.equal(parseNetworkDescription(JSON.stringify({ layers: both }), 'network.json'), both);
  assert.equal(parseNetworkDescription(JSON.stringify({ layers }), 'network.json'), layers);
});

test('parseNetworkDescription: names the layer and the key at fault', () => {
  for (const [text, message] of [
    ['{', /^n\.json: expected JSON, got other text$/],
    ['[]', /^n\.json: expected {"layers": \[…\]}, got a list$/],
    ['{"layers":[],"more":1}', /^n\.json: expected {"layers": \[…\]}, got /],
    ['{"layers":[]}', /^n\.json: expected 1 to 256 layers, got 0$/],
    ['{"layers":[7]}', /^n\.json, layer 0: expected an object, got "7"$/],
    ['{"layers":[{"type":"pool"}]}',
      /^n\.json, layer 0: expected a type, one of conv2d, linear, .*silu.*, got "pool"$/],
    ['{"layers":[{"type":"toString","name":"c"}]}',
      /^n\.json, layer 0: expected a type, one of conv2d, linear, .* got "toString"$/],
    ['{"layers":[{"type":"linear"}]}', /^n\.json, layer 0, name: expected the name of its tensors, .* got nothing$/],
    ['{"layers":[{"type":"linear","name":"l","stride":1}]}',
      /^n\.json, layer 0: expected the keys type, name, activation, got "stride"$/],
    ['[['.repeat(30000) + ']]'.repeat(30000), /^n\.json: expected {"layers": \[…\]}, got a list$/],
    ['{"layers":[{"type":"relu"},{"type":"linear","name":"l"},{"type":"conv2d","name":"l"}]}',
      /^n\.json, layer 2, name: expected a name that no layer of another type has, as layer 1, got "l"$/],
    ['{"layers":[{"type":"maxpool2d"}]}',
      /^n\.json, layer 0, kernel: expected a whole number from 1 to 1024, got nothing$/],
    ['{"layers":[{"type":"relu","name":""}]}', /^n\.json, layer 0, name: expected a name, or none, got ""$/],
    ['{"layers":[{"type":"relu","slope":1}]}',
      /^n\.json, layer 0: expected the keys type, name, activation, got "slope"$/],
    ['{"layers":[{"type":"leaky-relu","slope":0}]}', /^n\.json, layer 0, slope: expected a number above 0, got "0"$/],
    ['{"layers":[{"type":"batchnorm2d"}]}',
      /^n\.json, layer 0, name: expected the name of its tensors, .* got nothing$/],
    ['{"layers":[{"type":"batchnorm2d","name":"b","mode":"test"}]}',
      /^n\.json, layer 0, mode: expected train or eval, got "test"$/],
    ['{"layers":[{"type":"batchnorm2d","name":"b","eps":"1"}]}',
      /^n\.json, layer 0, eps: expected a number above 0, got "1"$/],
    [layer({ stride: 0 }), /^n\.json, layer 0, stride: expected a whole number from 1 to 1024, got "0"$/],
    [layer({ padding: -1 }), /^n\.json, layer 0, padding: expected a whole number from 0 to 1024, got "-1"$/],
    [layer({ kernel: 2.5 }), /^n\.json, layer 0, kernel: expected a whole number from 1 to 1024, got "2\.5"$/],
    ['{"layers":[{"type":"dropout"}]}', /^n\.json, layer 0, p: expected a probability between 0 and 1, got nothing$/],
    ['{"layers":[{"type":"dropout","p":1}]}', /^n\.json, layer 0, p: expected a probability .*, got "1"$/],
    ['{"layers":[{"type":"dropout","p":0.5,"rate":1}]}',
      /^n\.json, layer 0: expected the keys type, name, activation, p, got "rate"$/],
    ['{"layers":[{"type":"normalize","mean":[0]}]}', /^n\.json, layer 0, std: expected a list of numbers above 0, /],
    ['{"layers":[{"type":"normalize","mean":0,"std":[1]}]}', /^n\.json, layer 0, mean: expected a list .*, got "0"$/],
    ['{"layers":[{"type":"normalize","mean":[],"std":[1]}]}', /^n\.json, layer 0, mean: .*, got a list$/],
    ['{"layers":[{"type":"normalize","mean":[1e999],"std":[1]}]}', /^n\.json, layer 0, mean: .*, got a list$/],
    ['{"layers":[{"type":"normalize","mean":[0],"std":[0]}]}', /^n\.json, layer 0, std: .*, got a list$/],
    [layer({ activation: 'gelu' }),
      /^n\.json, layer 0, activation: expected one of sigmoid, tanh, relu, leaky-relu, silu, got /],
  ] as const) {
    rejects(() => parseNetworkDescription(text, 'n.json'), 'n.json', message);
  }
});

test.run();
