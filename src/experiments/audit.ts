/**
 * @file `idlg audit`: what a client's own update gives away. First what the last layer alone leaks, then the images.
 */
import { lastLayer } from '../attack/extract-label.ts';
import { ATTACK_DEFAULTS, type AttackOptions, type AttackPoint } from '../attack/reconstruct.ts';
import { whyUnsolvable } from '../beyond/analytic/analytic.ts';
import { isNoisy, type Diagnosis } from '../beyond/diagnosis/diagnosis.ts';
import { flatPrior, samplePrior } from '../beyond/diagnosis/likely-label.ts';
import {
  DESCENT, judge, MOST_CHI_SQUARE, SOLUTION, type Judgement, type Verdict,
} from '../beyond/diagnosis/verdict.ts';
import { sharedLastLayer } from '../beyond/last-layer.ts';
import type { LocalSteps } from '../beyond/local-steps.ts';
import { withoutZeros } from '../beyond/shared-numbers.ts';
import { withoutTensors } from '../beyond/shared-tensors.ts';
import { InputError } from '../data/dataset.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { LINE_SEARCHES } from '../optim/lbfgs.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { dot, norm2, normInf } from '../tensor/vector.ts';
import { ATTACKS, type Method } from './attacks.ts';
import { pictureNames, writeFiles, type AnyRun } from './audit-files.ts';
import { DescriptionError, INPUT_OPTIONS, readAuditInput, type AuditInput } from './audit-input.ts';
import { readTruth } from './audit-truth.ts';
import { attackBatch, BATCH_METHODS, type BatchRecord, type BatchTruth } from './batch.ts';
import { Display, scientific, type Screen } from './display.ts';
import { examine, type Examination } from './examination.ts';
import { methodOption, readMethods } from './experiment.ts';
import { solutionStory } from './film.ts';
import { KERNELS_OPTION, readKernels, withKernels } from './kernels.ts';
import { brokenBelow, labelBars, leakOf, short, type Leak } from './last-layer-report.ts';
import { helpText } from './help.ts';
import { attackLocal, localStory } from './local-run.ts';
import { Options, type OptionTable } from './options.ts';
import { enlarged, OutputFolder } from './output.ts';
import { boundInWords, noiseBound, type NoiseBound } from './noise-bound.ts';
import { normalizedStart } from './normalization.ts';
import { pixelNotes } from './pixel-range.ts';
import {
  hasOtherObjective, ITERATIONS_OPTION, iterationsFor, PRIOR_OPTIONS, readPrior, type PriorSettings,
} from './prior-options.ts';
import { attackClient, filmed, type Client, type RunRecord } from './run.ts';
import { amount, table, wrap } from './text.ts';

/** The largest batch: more images than any gradient here determines. */
const MOST_BATCH = 512;
const REDUCTIONS = ['mean', 'sum'] as const;
/** A run stops below this L_G / ‖∇W‖²: well below the 4e-15 that rounding to float32 leaves. */
const TOLERANCE = 1e-16;

const TABLE: OptionTable = {
  ...INPUT_OPTIONS,
  batch: { value: 'B', about: 'number of images behind the gradient; default: as many as the last layer shows' },
  'loss-reduction': { choices: REDUCTIONS, about: 'how the client combines the losses of a batch [mean]' },
  scale: {
    value: 's',
    about: 'divide the gradient by s, for a client that shares s times the gradient of its loss; for one image, ' +
      'the program usually finds s by itself',
  },
  method: methodOption('auto', {
    words: ['auto', 'none'],
    about: 'auto tries analytic, idlg and dlg, or under noise analytic, idlg and map, as far as they apply, until ' +
      'one recovers the client\'s image; none stops after the labels',
  }),
  ...PRIOR_OPTIONS,
  'line-search': {
    choices: LINE_SEARCHES,
    about: 'line search of L-BFGS; without one, many descents diverge [strong-wolfe]',
  },
  iterations: ITERATIONS_OPTION,
  tolerance: {
    value: 'T',
    about: 'stop when the objective L_G / ‖∇W‖² is below T; the default is well below the 4e-15 that rounding to ' +
      `float32 leaves [${TOLERANCE}]`,
  },
  seed: { value: 'S', about: 'seed of the noise to start from [0]' },
  ...KERNELS_OPTION,
  truth: {
    value: 'FILE',
    about: 'measure the results against this .png, or .json with labels, shape and pixels; no attack sees it',
  },
  out: { value: 'DIR', about: 'write film.png, the reconstructions and audit.json to this folder' },
  json: { about: 'print audit.json and nothing else' },
};

export const AUDIT_HELP = helpText({
  name: 'audit',
  about: 'what a client\'s gradient, or its change of weights, gives away',
  usage: [
    ['--weights FILE --gradients FILE [options]'], ['--before FILE --after FILE --learning-rate η [options]'],
  ],
  options: TABLE,
  notes: [
    'The network is the authors\' LeNet, recognised by the names of its tensors, or a plain sequence of ' +
      'layers (docs/audit.md lists them), described by network.json beside the weights:',
    `  { "layers": [
      { "type": "conv2d", "name": "conv1", "stride": 2, "padding": 2,
        "activation": "sigmoid" },
      { "type": "linear", "name": "fc" } ] }`,
  ],
  examples: [
    '--weights weights.safetensors --gradients gradients.safetensors --out out',
    '--before before.npz --after after.npz --learning-rate 0.1 --method none',
    '--weights weights.npz --gradients gradients.npz --truth truth.json --json',
    '--weights weights.npz --gradients gradients.npz --labels-only',
  ],
});

/** The content of audit.json: that of attack.json, and what the last layer gives away. */
export interface AuditReport {
  readonly dataset: 'audit';
  readonly index: null;
  readonly seed: number;
  /** [channels, height, width] */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly batch: number;
  readonly truth: { readonly labels: readonly number[] } | null;
  /** The sentences of the report: what had to be assumed, and what is odd about the gradient. */
  readonly notes: readonly string[];
  readonly lastLayer: Leak & Diagnosis;
  /** The labels that are certain, given that the notes' assumptions hold. */
  readonly certainLabels: readonly number[];
  /** Of the run that explains most of the gradient; null if there is none, unless the last layer alone was shared. */
  readonly verdict: Verdict | null;
  /** How well an attack can do under the noise, at the image of the last run; null without noise or such an image. */
  readonly bound: NoiseBound | null;
  /** The share of ‖∇W‖² that its images explain, and the rest, relative to what noise and rounding would leave. */
  readonly explained: number | null;
  readonly chiSquare: number | null;
  readonly runs: readonly ((RunRecord | BatchRecord) & Judgement)[];
}

interface Settings extends AuditInput, Examination {
  /** The methods asked for, or those to try in turn until one explains the gradient. */
  readonly methods: readonly Method[];
  readonly isAutomatic: boolean;
  readonly attack: AttackOptions & { readonly seed: number };
  readonly prior: PriorSettings;
  readonly truth: BatchTruth;
  readonly out: OutputFolder | undefined;
  readonly json: boolean;
}

/**
 * Runs the command. If the network is not as described, the labels are read all the same.
 * @throws {InputError} for a mistake in the options or files, before any attack is made.
 */
export function auditCommand(args: readonly string[], screen: Screen): void {
  const options = new Options(TABLE, args);
  try {
    audit(readSettings(options), screen);
  } catch (error) {
    const labels = error instanceof DescriptionError && !options.has('json') ? labelsOnly(options) : undefined;
    if (!labels) throw error;
    audit(labels, screen);
    throw new InputError(`${(error as Error).message}; the labels above need no description`, { cause: error });
  }
}

/** The options that --labels-only keeps. */
const NEEDED_FOR_LABELS = [
  'weights', 'gradients', 'before', 'after', 'learning-rate', 'steps', 'momentum', 'batch', 'loss-reduction', 'scale',
];

/** The same audit with --labels-only; undefined if the last layer cannot be read either. */
function labelsOnly(options: Options): Settings | undefined {
  const kept = NEEDED_FOR_LABELS.filter((name) => options.has(name));
  const args = kept.flatMap((name) => [`--${name}`, options.text(name)!]);
  try {
    return readSettings(new Options(TABLE, [...args, '--labels-only']));
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function audit(settings: Settings, screen: Screen): void {
  const { network, gradient, batch, diagnosis, attack, truth, out } = settings;
  const last = sharedLastLayer(gradient);
  const leak = leakOf(last, lastLayer(network.theta), settings, settings.activations.at(-1),
    () => (settings.lastLayer ? flatPrior(last, diagnosis.noise) : samplePrior(network)));
  const say = settings.json ? undefined : screen;
  say?.write(introduction(settings, leak));
  let runs: JudgedRun[] = [];
  let facts = settings; // and what the attacks find out about the layers below the last
  for (const method of settings.methods) {
    if (settings.isAutomatic && runs.some(({ judgement: { verdict } }) => verdict === 'client')) break;
    const run = runMethod(settings, method, leak, say), { record } = run;
    const below = brokenBelow('solution' in record ? record.solution : undefined, diagnosis, leak);
    if (below) facts = { ...facts, contradictions: [...facts.contradictions, below] };
    runs.push({ ...run, judgement: judgementOf(run, facts) });
  }
  if (say && say.writable === false) return;
  const fits = runs.some(({ judgement: { chiSquare } }) => chiSquare <= MOST_CHI_SQUARE);
  const isGaussian = isNoisy(diagnosis) && !settings.isSparse && diagnosis.levels === undefined && diagnosis.bits > 11;
  const limit = isGaussian && fits ? limitAt(runs.at(-1)!, facts) : undefined;
  runs = runs.map((run) => (limit ? { ...run, judgement: judgementOf(run, facts, limit) } : run));
  const [most] = runs.toSorted((a, b) => b.judgement.explained - a.judgement.explained), best = most?.judgement;
  const afterwards = [
    ...(best?.verdict === 'client' ? pixelNotes(network, most.images) : []), ...(limit ? [boundInWords(limit)] : []),
  ];
  const report: AuditReport = {
    dataset: 'audit',
    index: null,
    seed: attack.seed,
    shape: network.imageShape,
    classes: network.classes,
    batch,
    truth: truth.labels ? { labels: truth.labels } : null,
    notes: [...settings.notes, ...afterwards],
    lastLayer: { ...leak, ...diagnosis },
    certainLabels: leak.certainLabels,
    verdict: best?.verdict ?? (settings.isLastAlone ? 'undetermined' : null),
    bound: limit ?? null,
    explained: best?.explained ?? null,
    chiSquare: best?.chiSquare ?? null,
    runs: runs.map(({ record, judgement }) => ({ ...record, ...judgement })),
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  const verdicts = runs.map((run) => inWords(run, facts, leak)).join('');
  const after = afterwards.map((note) => wrap('  note: ', note)).join('');
  if (runs.length > 0) say?.write(`\n${closingTable(runs)}\n${verdicts}${after}`);
  const files = out ? writeFiles(out, runs, truth, json) : [];
  if (settings.json) screen.write(json);
  if (out) say?.write(`\n${wrap('', `Written to ${out.path}: ${files.join(', ')}`)}`);
}

function readSettings(options: Options): Settings {
  const said = options.integer('batch', 1, MOST_BATCH), isAutomatic = (options.text('method') ?? 'auto') === 'auto';
  const iterations = options.integer('iterations', 0);
  const attack = {
    lineSearch: options.choice('line-search', LINE_SEARCHES, ATTACK_DEFAULTS.lineSearch),
    ...(iterations !== undefined && { iterations }),
    tolerance: options.number('tolerance', { zero: true }) ?? TOLERANCE,
    relative: true,
    seed: options.integer('seed', 0) ?? ATTACK_DEFAULTS.seed,
  };
  const read = readAuditInput(options), kernels = readKernels(options);
  const isSum = options.choice('loss-reduction', REDUCTIONS, 'mean') === 'sum';
  const factor = options.number('scale', { zero: false });
  const examination = examine(read, said, isSum, factor);
  const { batch, withheld, isLastAlone } = examination;
  const local = read.local && withRate(read.local, (factor ?? 1) * (isSum ? batch : 1));
  const dense = withKernels(examination.network, kernels);
  const network = withoutTensors(examination.isSparse ? withoutZeros(dense) : dense, withheld);
  const input = { ...read, ...(local && { local }), network };
  const isOther = options.text('objective') === 'cosine' || ['box', 'tv'].includes(options.text('prior') ?? 'none');
  const { weight, bias } = sharedLastLayer(input.gradient), isSilent = normInf(weight.data) === 0;
  const isUnlabelled = isSilent && (!bias || normInf(bias.data) === 0), unsolvable = whyUnsolvable(network);
  const methods = readMethods(
    options, isOther && !isUnlabelled ? ['idlg']
      : automatic(input, examination, isUnlabelled, isSilent || unsolvable !== undefined));
  const prior = readPrior(options, methods);
  if (local && prior.optimizer?.endsWith('adam')) {
    throw new InputError(`--optimizer ${prior.optimizer}: expected lbfgs for several steps, got Adam, whose first moves ` +
      'would leave the image that a round starts from');
  }
  if (batch > 1 && !methods.every((name) => BATCH_METHODS.includes(name))) {
    const expected = `${BATCH_METHODS.join(' or ')} for a batch of ${batch}`;
    throw new InputError(`--method ${options.text('method')}: expected ${expected}, got another`);
  }
  const inverting = methods.find((name) => ATTACKS[name].inverts);
  if (inverting && unsolvable) throw new InputError(`--method ${inverting}: ${unsolvable}`);
  const blind = isEmpty(examination, input) ? undefined : methods.find((name) =>
    (isSilent && ATTACKS[name].inverts) || (isUnlabelled && !ATTACKS[name].descendsLabel));
  if (blind) {
    throw new InputError(`--method ${blind}: expected a last layer whose gradient is not 0, to start from, got zeros`);
  }
  const path = options.text('out'), out = path === undefined ? undefined : new OutputFolder(path);
  const pictures = methods.flatMap((name) => pictureNames(name, batch));
  out?.expectFree(['audit.json', 'film.png', ...pictures, ...pictures.map(enlarged)]);
  const truth = options.text('truth');
  return {
    ...input,
    ...examination,
    network,
    methods: input.lastLayer || isEmpty(examination, input) || (isLastAlone && isAutomatic) ? [] : methods,
    isAutomatic,
    prior,
    attack,
    truth: truth === undefined ? {} : readTruth(truth, input.network, batch),
    out,
    json: options.has('json'),
  };
}

/** Whether L_G has nothing to go by. */
const isEmpty = ({ diagnosis }: Examination, { gradient }: AuditInput): boolean =>
  diagnosis.isSigns || norm2(gradient.data) === 0;

/** The steps of a client whose gradients are `factor` times those of the mean loss. */
const withRate = (local: LocalSteps, factor: number): LocalSteps =>
  ({ ...local, learningRate: local.learningRate * factor });

/**
 * What to try in turn. The analytic attack takes a second, and only DLG allows for a soft label or an unknown one. With
 * several local steps, a descent comes nearer in every round, but the analytic attack treats whatever it cannot explain
 * as noise. If the gradient has noise, only a prior can find more.
 * @param isUnlabelled whether nothing of the last layer was shared.
 * @param isUnsolvable whether the analytic attack is not one for the network, or has no ∂W of the last layer.
 */
function automatic(
  { local }: AuditInput, { batch, diagnosis, isSparse }: Examination, isUnlabelled: boolean, isUnsolvable: boolean,
): readonly Method[] {
  if (isUnlabelled) return batch > 1 ? [] : ['dlg'];
  if (batch > 1 || local) return ['idlg'];
  const descents: readonly Method[] = isNoisy(diagnosis) && !isSparse ? ['idlg', 'map'] : ['idlg', 'dlg'];
  return isUnsolvable ? descents : ['analytic', ...descents];
}

function introduction(settings: Settings, leak: Leak): string {
  const { network, gradient, batch, source, notes } = settings;
  const { imageShape, classes, theta } = network, layer = sharedLastLayer(gradient), weights = theta.data.length;
  const labels = leak.labels.length === 0 ? 'no label'
    : `${leak.labels.length === 1 ? 'label' : 'labels'} ${leak.labels.join(', ')} ` +
      `(rule: ${leak.labelRule}; ${leak.certain ? 'certain' : 'not certain'})`;
  const headline = `What the last layer alone gives away: ${labels}`;
  return `${wrap('The files:         ', source)}\
${settings.lastLayer ? `The last layer:    ${settings.lastLayer}, ${classes} classes, ${amount(imageShape[2], 'input')}`
    : `The network:       ${imageShape.join('×')} pixels, ${classes} classes, ${amount(weights, 'weight')}`}
The gradient:      of ${batch === 1 ? 'one image' : `${batch} images`}, ‖∇W‖ = ${norm2(gradient.data).toPrecision(3)}
${notes.map((note) => wrap('  note: ', note)).join('')}
${wrap('', headline)}${wrap('  ', leak.why)}${leak.labels.length > 0 ? labelBars(layer, leak.labels) : ''}`;
}

function runMethod(settings: Settings, method: Method, leak: Leak, say: Screen | undefined): AnyRun {
  const { network, gradient, local, withheld, batch, attack, prior, truth, out } = settings;
  const images = batch > 1 ? 'the images are' : 'the image is', { title, image, isDirect } = ATTACKS[method];
  const isOther = hasOtherObjective(method, prior), minimised = isOther ? 'objective' : 'L_G';
  const divided = isOther ? '' : '; L_G is divided by ‖∇W‖²';
  say?.write(`\n${wrap('', `${title}: ${images} ${image}${divided}`, '  ')}`);
  const shape = [batch, ...network.imageShape], original = batch > 1 ? undefined : truth.images?.[0];
  const iterations = isDirect ? undefined : attack.iterations ?? iterationsFor(method, prior);
  const display = say && new Display(say, shape, iterations, original, minimised);
  const onIteration = (point: AttackPoint): boolean => {
    display?.show(point);
    return say?.writable !== false;
  };
  const isTold = method !== 'dlg' && leak.labels.length === batch && !isReadByAttack(leak, batch, gradient);
  const labels = isTold ? { labels: leak.labels } : {};
  const first = normalizedStart(network, batch, attack.seed);
  const options = { ...attack, ...prior, ...labels, ...(first && { start: first }), onIteration };
  const isFrame = out && filmed;
  const attackOnce = (gradient: ParameterVector, start?: Tensor): AnyRun => {
    const iterations = Math.min(options.iterations ?? Infinity, ROUND_ITERATIONS);
    const client: Client = { network, gradient };
    const from = start ? { ...options, start, iterations } : options;
    return batch > 1 ? attackBatch(client, batch, truth, method, from, isFrame)
      : attackClient(client, { image: truth.images?.[0], label: truth.labels?.[0] }, method, from, isFrame);
  };
  const run = local ? attackLocal(network, gradient, local, withheld, attackOnce) : attackOnce(gradient);
  display?.finish();
  if ('solution' in run.record && run.record.solution) say?.write(solutionStory(run.record.solution));
  if (local) say?.write(localStory(local, run));
  return run;
}

/** From an image that is nearly right, more iterations would only follow the error of the corrected gradient. */
const ROUND_ITERATIONS = 10;

/** Whether the attack reads the same label itself: that of one image, without noise, unless ∂b was not shared. */
const isReadByAttack = ({ labelRule }: Leak, batch: number, gradient: ParameterVector): boolean =>
  batch === 1 && labelRule !== 'likelihood' && isWholeLast(gradient);

/** Whether ∂b was shared, if there is a b: otherwise iDLG takes its zeros for a gradient. */
const isWholeLast = (gradient: ParameterVector): boolean =>
  (sharedLastLayer(gradient).bias === undefined) === (lastLayer(gradient).bias === undefined);

/** One row per image; what needs the truth is shown only if that is known. */
function closingTable(runs: readonly AnyRun[]): string {
  const measures = runs.some(({ record }) => Number.isFinite(record.mse)) ? ['MSE', 'PSNR dB', 'SSIM'] : [];
  const fixed = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : '–');
  const rows = runs.flatMap(({ record }) => {
    const images = 'images' in record ? record.images : [record];
    const verdict = record.labelCorrect === null || 'images' in record ? '' : record.labelCorrect ? ' right' : ' wrong';
    const rest = [scientific(record.objective), String(record.evaluations), fixed(record.seconds, 1), record.stop];
    return images.map((image, i) => [
      ATTACKS[record.method].title,
      String(i),
      `${image.label}${verdict}`,
      ...[scientific(image.mse), fixed(image.psnr, 1), fixed(image.ssim, 4)].slice(0, measures.length),
      ...(i === 0 ? rest : rest.map(() => '')),
    ]);
  });
  return table(['method', 'image', 'label', ...measures, 'L_G / ‖∇W‖²', 'evaluations', 'seconds', 'stop'], rows, 3);
}

/** How many numbers were shared. */
const sharedNumbers = ({ tensors }: ParameterVector, withheld: readonly string[]): number =>
  [...tensors].reduce((sum, [name, { data }]) => sum + (withheld.includes(name) ? 0 : data.length), 0);

type JudgedRun = AnyRun & { readonly judgement: Judgement };

/** How well an attack can do under the noise, at the image of a run; undefined for several images or steps. */
function limitAt(
  { record, images }: AnyRun, { network, batch, local, diagnosis, withheld, isDetermined }: Settings,
): NoiseBound | undefined {
  if (batch > 1 || local || !isDetermined || !('label' in record)) return undefined;
  if (!images.data.every(Number.isFinite)) return undefined;
  return noiseBound(network, images, [record.label], diagnosis.noise, withheld);
}

function judgementOf(
  { record }: AnyRun, { gradient, batch, diagnosis, isDetermined, isSparse, withheld, contradictions }: Settings,
  limit?: NoiseBound,
): Judgement {
  const total = dot(gradient.data, gradient.data), { noise, bits, rank } = diagnosis;
  return judge({
    total,
    residual: record.objective * total, // L_G is divided by ‖∇W‖²
    numbers: sharedNumbers(gradient, withheld),
    sigma: isSparse ? 0 : noise, // the zeros look like noise, but are left out
    rounding: bits === 53 || rank === 0 ? 0 : 2 ** -bits, // zeros show no rounding
    fit: ATTACKS[record.method].isDirect ? SOLUTION : DESCENT,
    images: batch,
    ...(limit && { bound: limit.unbiased }),
    isDetermined: isDetermined && record.stop !== 'undetermined',
    contradictions,
  });
}

/** How the report speaks of one image, and of several. */
const ONE = { theClients: 'this is the client\'s image', image: 'image', explains: 'explains' };
const SEVERAL = { theClients: 'these are the client\'s images', image: 'images', explains: 'explain' };

/** The verdict on a run in words: what was shown, what was not, and what is certain all the same. */
function inWords(run: JudgedRun, settings: Settings, leak: Leak): string {
  const { record, judgement: { verdict } } = run, certain = leak.certainLabels;
  const known = verdict === 'client' || certain.length === 0 ? ''
    : certain.length === 1 ? ` The label ${certain[0]} is certain.` : ` The labels ${certain.join(', ')} are certain.`;
  const count = 'labels' in record ? record.labels.length : 0;
  const right = 'labels' in record ? Math.round(record.labelAccuracy * count) : NaN;
  const score = Number.isFinite(right) ? `  ${right} of ${count} labels are right.\n` : '';
  return `${score}${wrap('  ', `${ATTACKS[record.method].title}: ${verdictOn(run, settings)}${known}`)}`;
}

function verdictOn({ record, judgement }: JudgedRun, settings: Settings): string {
  const { verdict, explained, chiSquare } = judgement, { isDetermined, contradictions, batch } = settings;
  const { theClients, image, explains } = batch > 1 ? SEVERAL : ONE;
  const share = explained > 0.9995 ? 'all' : `${short(100 * Math.max(0, explained))} %`;
  if (verdict === 'client') return `${theClients}; the ${image} ${explains} ${share} of the gradient.`;
  if (verdict === 'inconsistent') {
    return `something about the description is wrong. The ${image} found ${explains} only ${share} of the gradient, ` +
      `and ${contradictions.join('; and ')}.`;
  }
  const isWithinNoise = chiSquare <= MOST_CHI_SQUARE;
  if (isWithinNoise && isDetermined && record.stop !== 'undetermined') {
    return `under this noise the gradient does not determine the ${image}. What was found explains ${share} ` +
      'of it, and the rest is no larger than the noise. Other images that look different may fit as well.';
  }
  if (isWithinNoise || !isDetermined) {
    return `the gradient does not determine the ${image}. What was found explains ${share} of it, and others may too.`;
  }
  return `no ${image} with this gradient could be found. The nearest ${explains} ${share} of it. That does not show ` +
    'that the gradient hides anything.';
}
