/** @file What is made wrong in src/experiments. */
import type { Table } from './engine.ts';

export const EXPERIMENTS: Table = {
  'src/experiments/statistics.ts': [
    ['square / 2', 'square', 'the middle is moved too far'],
    ['(square * square) / 4', 'square / 4', 'a square is missing'],
    ['(middle + half) / (1 + square)', 'middle + half', 'the upper end is not divided'],
    ['successes === trials ? 1 : ', '', 'of successes alone the upper end is rounding'],
    ['Number.isNaN(value) ? Infinity : value', 'value', 'median: NaN is anywhere'],
    ['sorted[Math.floor(middle)]', 'sorted[Math.ceil(middle)]', 'median: the larger of two'],
  ],

  'src/experiments/output.ts': [
    ['if (String(got) === String(value)) continue;', 'continue;', 'what was kept by any plan is used'],
    ['= LEFT_OUT[key] }', '}', 'what an earlier version left out is unknown'],
    ['Math.ceil(LARGE / Math.min(raster.width, raster.height))', '1', 'the enlarged picture is not'],
    ['if (versions.size <= 1) return;', 'return;', 'two versions of the program in one folder'],
    ['if (!kept || !isWhole(kept)) throw', 'if (!kept) throw', 'what was kept may be in part'],
  ],

  'src/experiments/stages.ts': [
    ['isExact ? gradient : shared', 'shared', 'float64 is float32'],
    ['all.classes, activation, seed })', 'all.classes, seed })', 'any activation is sigmoid'],
    ['!ATTACKS[method].inverts || INVERTIBLE_ACTIVATIONS.includes(activation)', 'true', 'relu is inverted'],
    ['if (!plan.stages.includes(steps)) return;', 'if (steps > 0) return;', 'the first stage only'],
    ['if (known[i]) return known[i];', '', 'what is kept is made again'],
    ['n > (i === 0 ? -1 : stages[i - 1])', 'n >= 0', 'stages may fall'],
    ['p[label], gradientNorm', '1 - p[label], gradientNorm', 'the probability of the others'],
  ],

  'src/experiments/audit-input.ts': [
    ['network.theta.data[i] - data[i]', 'data[i] - network.theta.data[i]', 'a change of weights is turned'],
    ['/ (learningRate * gradients)', '/ learningRate', 'the steps are not counted'],
    ['theta.like(theta.data.slice());', 'theta.like();', 'what a change does not have became 0'],
    ['found.relativeNoise < BALANCED && ', '', 'any weights of low rank are a gradient'],
    ['found.rank < weight.shape[0] - 1 && ', '', 'trained weights are a gradient'],
    [' && other.relativeNoise > UNBALANCED', '', 'weights and a gradient whose columns sum to 0'],
    ['if (tensors.size === 0)', 'if (false)', 'a file of other tensors shares nothing'],
    ['for (const [name, { data }] of tensors) expectFinite(name, data);', '', 'a gradient that is NaN'],
    ['if (data.every((value) => value === 0))', 'if (false)', 'weights that did not change'],
    ['layers.slice(0, -1).flatMap', 'layers.slice(1).flatMap', 'the activations after other layers'],
    ["if (activation === undefined && RANGE", "if (false && RANGE", 'pooling hides the activation before it'],
    ["options.has('size') ? [] :", 'false ? [] :', 'a size that was given is called a guess'],
    ['layer !== before)', 'true)', 'dropout before the last layer is taken to be off'],
    [' && layer.activation === undefined', '', 'an activation after dropout keeps its zeros'],
    ['...(before &&', '...(false && before &&', 'the rate that is described is forgotten'],
    ['expectPyTorchLayout(name, tensor, bias)', '{}', 'a gradient in Keras’ layout has another shape only'],
  ],

  'src/experiments/model-file.ts': [
    ["name === buffer || name.endsWith(`.${buffer}`)", 'name === buffer', 'a prefix hides that a counter is a buffer'],
    ['.filter((name) => !isBuffer(name))', '', 'the buffers of a layer are used by none'],
    ['${message}${more}', '${message}', 'what was assumed is not said'],
    ["other.endsWith(`.${name}`)", 'false', 'a prefix hides that a tensor has another type'],
    ['other === name ||', 'false ||', 'the type of a tensor at fault is not said'],
    ['tensors.size > 0 || others.size === 0', 'true', 'a file of integers has no tensors'],
    ['!theta.tensors.has(name))', 'false)', 'tensors that no layer uses are not told'],
    [', ...file.others.keys()]', ']', 'counters are not told'],
    ['names.length === 0 && !rectangles', 'false', 'a size that nothing else fits is called a guess'],
    ["rectangles ? ', and rectangles' : ''", "''", 'rectangles are not told'],
    ['!BUFFER.test(name) && ', '', 'running statistics have a gradient'],
    ['v !== from[i]', 'v !== 0', 'a weight that did not change has a gradient'],
  ],

  'src/experiments/normalization.ts': [
    ['return layer.denormalize(noise);', 'return noise;', 'descents start from N(0, 1) in pixels'],
    ['if (!mean || !std) {', 'if (false) {', 'a mean without std'],
    ["layers.some(({ type }) => type === 'normalize')", 'false', 'normalised twice'],
    ['if (wrong !== undefined)', 'if (false)', 'a std of 0 is not named by its option'],
    ['/(^|,)\\s*(,|$)/.test(text!)', 'false', 'nothing is 0'],
  ],

  'src/experiments/dropout-report.ts': [
    ['|| isNoisy(found))', ')', 'pruned columns are dropped'],
    ['if (batch > 1) {', 'if (false) {', 'the dropout of a batch is not told'],
    ['withDropout(network, p, mask)', 'network', 'the mask is told and not used'],
  ],

  'src/experiments/pixel-range.ts': [
    ['MARGIN = 0.05', 'MARGIN = 0.5', 'pixels may leave the range'],
    ['FEW = 0.01', 'FEW = 0', 'one pixel is evidence'],
    ['layer instanceof Normalize', 'false', 'another mean is the first'],
  ],

  'src/experiments/audit.ts': [
    ['withKernels(examination.network, kernels)', 'withKernels(read.network, kernels)', 'the network without its mask'],
    ["best?.verdict === 'client' ? pixelNotes", 'best ? pixelNotes', 'pixels of any image are told'],
    ['relative: true', 'relative: false', 'L_G as it is'],
    ["withheld.includes(name) ? 0 : data.length", 'data.length', 'noise on what was not shared'],
    [
      "labelRule !== 'likelihood' && isWholeLast(gradient)", "labelRule !== 'likelihood'",
      'zeros of a bias are read as its gradient',
    ],
    [': dense, withheld)', ': dense, [])', 'what was not shared is matched'],
    ['examination.isSparse ? withoutZeros(dense) : dense', 'dense', 'what was pruned is matched'],
    ['sigma: isSparse ? 0 : noise', 'sigma: noise', 'zeros are noise'],
    ['isNoisy(diagnosis) && !isSparse ?', 'isNoisy(diagnosis) ?', 'a prior against pruning, and no DLG'],
    ["settings.isLastAlone ? 'undetermined' : null", 'null', 'the last layer alone has no verdict'],
    [" || (isLastAlone && isAutomatic)", '', 'an image from the last layer alone'],
    ['learningRate: local.learningRate * factor', 'learningRate: local.learningRate', 'steps without their scale'],
    ['residual: record.objective * total,', 'residual: record.objective,', 'the verdict takes L_G for absolute'],
    ['isDirect ? SOLUTION : DESCENT', 'isDirect ? DESCENT : SOLUTION', 'the attacks change places'],
    ['settings.isAutomatic && runs.some', 'settings.isAutomatic && runs.every', 'no attack is tried'],
    ['isDetermined: isDetermined && record', 'isDetermined: record', 'one of many images is the client\'s'],
    ["batch === 1 && labelRule !== 'likelihood'", 'batch === 1', 'under noise the label of ∂b is descended from'],
    ['leak.labels.length === batch && !isRead', '!isRead', 'an attack is told no label'],
  ],

  'src/experiments/local-run.ts': [
    ['objective: unexplained, ', '', 'the verdict takes the fit to the corrected gradient'],
    ['last?.images', 'undefined', 'every attack begins with noise'],
    ['evaluations += record.evaluations;', 'evaluations = record.evaluations;', 'the last round for all'],
  ],

  'src/experiments/audit-files.ts': [
    [
      'number === null ? undefined : truth.images?.[number]', 'truth.images?.[i]',
      'film: the truths in their own order',
    ],
  ],

  'src/experiments/examination.ts': [
    ['Math.min(most, countEquations', 'Math.max(0, countEquations', 'numbers that were pruned are equations'],
    ['impossible = dropout.isFound ?', 'impossible = false ?', 'dropout breaks a law'],
    ['...dropout.contradictions,', '', 'the dropout of a batch breaks no law'],
    ['  notes.push(...dropout.notes);\n', '', 'dropout is not told'],
    ['if (isSum)', 'if (false)', 'a sum is taken for a mean'],
    ['axpy(-decay.lambda, theta', 'axpy(0, theta', 'weight decay is told, not subtracted'],
    ['if (!withheld.includes(name)) axpy', 'axpy', 'weight decay of what was not shared'],
    ['if (factor !== undefined) scale', 'if (false) scale', '--scale is not undone'],
    ['{ withheld, uses }', '{ uses }', 'what was not shared determines the image'],
    ['if (steps > 1) return [...lacking];\n', '', 'several steps break the laws of one'],
    ['&& steps === 1 && !asShared', '&& !asShared', 'several steps are scaled to one'],
    ['const isLastAlone = !isDetermined && ', 'const isLastAlone = ', 'a single layer is not attacked'],
    ['equations >= pixels', 'true', 'any gradient determines its images'],
    ['scale(1 / foreign, gradient)', 'scale(foreign, gradient)', 'a scale is squared'],
    ['scale(-1, gradient);', '', 'a turned sign stays'],
    ['if (factor === undefined && steps', 'if (steps', 'a scale that was given is found again'],
  ],

  'src/experiments/image-count.ts': [
    ['if (steps > 1) return steps;\n', '', 'the rank of the steps counts images'],
    ['found.rank > 1 && isAboveMean(found) ? 2 : 1', '1', 'several steps that are not said'],
    ['if (least <= 1) return 1;', '', 'a gradient of zeros is of no image'],
    ['times ? times.reduce', 'false ? times.reduce', 'an image that occurs twice counts once'],
  ],

  'src/experiments/labels-under-noise.ts': [
    ['value + sigma * random.normal()', 'value', 'no noise'],
    ['if (label === labels[0]) range.right++', 'range.right++', 'every stated label is right'],
    ["activation === 'tanh' ? v[v.length - 1] :", '', 'tanh: the sign by the sum'],
  ],

  'src/experiments/batch.ts': [
    ['truth.images![number]', 'truth.images![i]', 'measured by the truths in their own order'],
    ['/ batch;', '/ 1;', 'a sum for a mean'],
    ['labelAccuracy === 1', 'labelAccuracy > 0', 'right where one of them is'],
  ],

  'src/experiments/last-layer-input.ts': [
    ['  expectLastLayer(path, weightName, weight, next);\n', '', 'labels of a regression'],
    ['next?.shape[0] === weight.shape[0] ? nextName : undefined', 'nextName', 'any vector is the bias'],
    ['findLast((key)', 'find((key)', 'the first matrix for the last'],
    ['biasName && others.has(biasName)', 'biasName', 'a bias that is not shared is missed'],
    ["`${other?.shape}` === `${shape}`", 'true', 'files of other shapes'],
  ],

  'src/experiments/last-layer-report.ts': [
    ['isOfOne = rank === 1 ||', 'isOfOne = true ||', 'certain whatever the rank'],
    ["(steps > 1 && rule === 'bias' && classes > 2)", 'false', 'the label of several steps is never certain'],
    [' && !isBiasAlone && sigma === 0', ' && sigma === 0', 'of a batch a bias alone has no certain label'],
    ['&& !isNoisy(found);\n', ';\n', 'certain under noise'],
    [' && !found.isBiasAlone));', '));', 'of two classes a bias alone is certain'],
    ['(classes > 2 || (isOfScaleOne(found) && !found.isBiasAlone))', 'true', 'of two classes certain under any scale'],
    ["rule !== 'bias' || negative.length === 1 ||", 'true ||', 'certain with several negative ones'],
    ['activation !== undefined && traitsOf(activation).range[0] >= 0', 'true', 'row sums are certain for tanh'],
    ['if (rank > batch', 'if (rank > batch + 1', 'one image more than said'],
    ['positive.length === 1 && negative.length', 'negative.length', 'a gradient of one label is turned'],
    ['classes - 1 && scale < 0 &&', 'classes - 1 &&', 'label smoothing is a turned sign'],
    ['rank > batch && steps === 1', 'rank > batch', 'the rank of several steps counts images'],
    ['if (isNothing(gradient)) return NO_LABEL;', '', 'a gradient of 0 has a label'],
    ['solution.precision < BROKEN', 'false', 'any image found by the analytic attack breaks the layers below'],
    ['possible.length >= least', 'possible.length > 0', 'one mean input of the right range is enough'],
    ['if (found.isSigns) return leakOfSigns', 'if (false) return leakOfSigns', 'signs are taken for noise'],
    ['certain = isSaid && ', 'certain = ', 'certain under noise, of any number of images'],
    ['isNoisy(found) && !found.isBiasAlone', '!found.isBiasAlone', 'the likeliest label without noise'],
    ['batch > 1) {\n    return count <= batch', 'false) {\n    return count <= batch', 'a batch of many labels is turned'],
    ['else if (bits <= 11 && rank > 0)', 'else if (false)', 'nothing is rounded'],
  ],

  'src/experiments/progress.ts': [
    ['((total - this.#done) * seconds) / made', '(total * seconds) / made', 'the time for all is the time left'],
    ['this.#done - this.#before', 'this.#done', 'what was done before counts as fast work'],
  ],

  'src/experiments/records.ts': [
    ['[index, method, defence, strength].join', '[index, method].join', 'runs under two defences are one'],
    ['toLines([{ ...run, seconds: 0 }])', 'toLines([run])', 'other seconds are another result'],
    ['if (same && withoutSeconds', 'if (false && withoutSeconds', 'another result of a run is passed over'],
    ['addOnce(named, run, path)', 'named.set(keyOf(run), run)', 'of two results in a file the last counts'],
    ['slice(0, -1).map', 'filter(Boolean).map', 'half a last line is a run'],
    ['if (isNull) run[key] = NaN;', '', 'null is no number'],
    ['(last + 1) * kinds.size', 'last * kinds.size', 'an index fewer is missing'],
    ['this.#runs.size === 0 && difference(protocol, run)', 'false', 'another experiment is added to'],
    ['truncateSync(this.#path, whole)', 'whole', 'half a line stays'],
    ['() => lock(join(out.path, LOCK))', '() => () => {}', 'two processes add to one folder'],
    ['this.#out.write(RUNS, text, this.#safe);', '', 'the file stays as the runs came'],
  ],

  'src/experiments/pool.ts': [
    ['deaths === MOST_DEATHS', 'false', 'a task takes workers along for ever'],
    ['MOST_DEATHS = 3', 'MOST_DEATHS = 4', 'one worker more is given up'],
    ["if ('error' in outcome) throw new Error(`in a worker: ${outcome.error}`);", '', 'an error is a death'],
    ['onDeath?.(task, outcome.death);', '', 'a death is not told'],
    ['return !signal?.aborted', 'return true', 'what was ended is done'],
    ["('abort', end);\n    end();", "('abort', end);", 'workers outlive another’s error'],
    ['child?.disconnect();', '', 'workers stay when all is done'],
  ],

  'src/experiments/merge.ts': [
    ['{ folder: path, runs: file.runs }, ', '', 'runs that are there are lost'],
    ['addOnce(merged, run,', 'merged.set(JSON.stringify(run), run,', 'a run of two folders is there twice'],
    ['if (differs) throw new InputError(`${join(folder, RUNS)}: ${differs}`);', '', 'two experiments are joined'],
    ['[...runs.values()].sort(byIndex)', '[...runs.values()]', 'in the order of the folders'],
    ['file.close();', '', 'the folder stays locked'],
    ["${gap ? `; ${gap}` : ''}", '', 'what is missing is not told'],
  ],

  'src/experiments/shares.ts': [
    ['share: count / of', 'share: count / 100', 'a share of a hundred'],
    ['...wilson(count, of)', '...wilson(of, of)', 'the interval of another share'],
    ['value === undefined || Number.isNaN(value)', 'value === undefined', 'a share of none is told'],
    ["of === 0 ? '–' : ", '', 'an interval of none'],
    [
      'i === 0 ? cells[i].padEnd(widths[i]) : cells[i].padStart(widths[i])', 'cells[i].padEnd(widths[i])',
      'numbers to the left',
    ],
  ],

  'src/experiments/evidence.ts': [
    ["experiment && out ? `; ${keptIn(out)}` : ''", "''", 'a full disk: not told that the runs are safe'],
    ['experiment && out ? `; ${', 'out ? `; ${', 'runs that were read are called kept'],
    ['[...PAPER_METHODS].reverse()', 'PAPER_METHODS', 'the baseline second'],
    ['rest[key] !== PAPER[key]', 'true', 'the head says what the papers do'],
    ['wanted.filter((run) => !file?.has(run))', 'wanted', 'runs that are there are made again'],
    ['asked.has(keyOf(run))', 'true', 'runs that were not asked for are told'],
  ],

  'src/experiments/protocol.ts': [
    ['mostIterations: 300', 'mostIterations: 200', 'fewer iterations than the papers'],
    ['tolerance: 1e-6', 'tolerance: 1e-5', 'another end than the papers’'],
    ['protocol[key] ?? LEFT_OUT[key]', 'protocol[key]', 'a field that is left out differs from its default'],
    ['activation !== PAPER_ACTIVATION && ', '', 'sigmoid is not left out'],
    ['kernels !== DEFAULT_KERNELS && ', '', 'the default kernels are not left out'],
    ['new Random(seed, STREAMS.runs, index)', 'new Random(seed, STREAMS.runs)', 'all runs draw the same'],
    ['seed: attackSeed }', 'seed: protocol.seed }', 'all attacks have one seed'],
    ['a.index - b.index || ', '', 'in the order of the methods'],
    [' || (a.strength ?? 0) - (b.strength ?? 0)', '', 'strengths in any order'],
  ],

  'src/experiments/paper.ts': [
    ['dlg: 0.899', 'dlg: 0.889', 'Table 1: a wrong digit'],
    ['dlg: [0.66, 0.66, 0.65, 0.64, 0.57]', 'dlg: [0.66, 0.66, 0.66, 0.64, 0.57]', 'Figure 1: a wrong point'],
    ['[0.92, 0.92, 0.91, 0.91, 0.83]', '[0.92, 0.92, 0.91, 0.91, 0.84]', 'Figure 1: a wrong last point'],
    ['0.0005, 0.0001]', '0.0002, 0.0001]', 'another threshold'],
  ],

  'src/experiments/figure1.ts': [
    ['      ends: here,\n', '', 'no whiskers'],
    ['counts.every(({ count }) => count === counts[0].count)', 'true', 'the runs of one method for both'],
    ['mse < threshold', 'mse <= threshold', 'at a threshold counts as below'],
    ['withInterval(here[i])', 'withInterval(here[0])', 'on the screen every row is the first'],
    ['rounded(paper[i])', 'rounded(paper[0])', 'on the screen the paper has one share'],
    ['FIGURE_1[panel.protocol.dataset]?.[method]', 'FIGURE_1.mnist[method]', 'MNIST of the paper beside any'],
    ['errors[0], median', 'errors[1], median', 'the least but one for the least'],
    ['if (runs.length === 0) return [];', '', 'a method without runs has a row'],
  ],

  'src/experiments/target.ts': [
    ['subset(all, 0, end)', 'subset(all, 0, all.size)', 'what is held out is learnt from'],
    ['subset(all, end, all.size)', 'subset(all, end - 1, all.size)', 'the last that is learnt from is held out'],
    ['if (end === all.size)', 'if (end < 0)', 'a fifth of four images is nothing'],
    ['square = cropToSquare(raster)', 'square = raster', 'a picture is squashed'],
    ['`; \\`${PROGRAM} data', '`; \\`idlg data', 'a hint names a command that a clone does not have'],
  ],

  'src/experiments/figure2.ts': [
    ['FRAME_EVERY = 10', 'FRAME_EVERY = 3', 'every third iteration'],
    ["options.has('runs') ? experiment.indices : [", 'false ? [] : [', '--runs is ignored'],
    ['DEFAULT_RUN = 4', 'DEFAULT_RUN = 0', 'the run shown is one in which iDLG fails'],
    ['iDLG fails in runs 0 and 10', 'iDLG fails in run 10', 'a failure of iDLG is not told'],
    ['NEUTRAL.includes(name) || !options.has(name)', 'true', 'of any experiment it tells what the default one gives'],
    ['byIndex(nameOf(a.task), nameOf(b.task))', 'byIndex(nameOf(b.task), nameOf(a.task))', 'strips backwards'],
    ['run, run.frames,', 'run, run.frames.slice(1),', 'the start is left out'],
    ['`${target.title}   `', "''", 'strips do not say of which image'],
  ],

  'src/experiments/text.ts': [
    ['length + 1 + word.length > width', 'length + word.length > width', 'wrap: a line one character too long'],
    ['n === 1 ? one : many', 'many', '1 runs'],
    ["lines.join(' \\\\\\n')", "lines.join('\\n')", 'a command in two lines cannot be typed'],
    ['length + between + widths[column] > width', 'length + widths[column] > width', 'a table too wide by a gap'],
    ['parts.push([...key])', 'parts.push([])', 'the second table does not say what its rows are'],
  ],

  'src/experiments/program.ts': [
    ["url.endsWith('.ts')", 'true', 'the package names commands of a clone'],
    ["url.endsWith('.ts')", 'false', 'a clone names commands of the package'],
  ],

  'src/experiments/options.ts': [
    ["spec.many ? value!.split(',') : [value!]", '[value!]', 'several methods are one unknown'],
    ['!choices.includes(given)', 'false', 'any choice is taken'],
  ],

  'src/experiments/experiment.ts': [
    ['asked.includes(method)', 'asked[0] === method', 'the first of several methods'],
    ['other === undefined || methods.length === 0', 'true', 'none among methods is ignored'],
  ],

  'src/experiments/attack.ts': [
    ['...{ kernels, version: VERSION },', '', 'attack.json: no kernels'],
    ["rest.optimizer === 'lbfgs' ? lineSearch : null", 'lineSearch', 'attack.json: gradient descent has a line search'],
    ['?? learningRateFor(prior)', '?? 1', 'gradient descent in steps of length 1'],
    ["...(defence.defence !== 'none' && { defence }),", '', 'attack.json: no defence'],
    ['{ ...attack, ...prior, onIteration }', '{ ...attack, onIteration }', 'the prior is read and not used'],
    ["optimizer !== 'lbfgs' && options.has('line-search')", 'false', 'Adam with a line search'],
    ['record.label === records[0].label && ', '', 'methods that differ in the label are the same'],
    [' && isRecovered(record) === isRecovered(records[0])', '', 'methods that differ in the image are the same'],
    ['record.labelCorrect === true && isRecovered(record)', 'isRecovered(record)', 'a wrong label is no failure'],
    ['isDirect ? undefined : attack.iterations', 'attack.iterations', 'the analytic attack has an iteration 0'],
  ],

  'src/experiments/prior-options.ts': [
    ['methods.every((method) => ATTACKS[method].isDirect)', 'false', 'a prior that nothing uses'],
    ["!priors.includes('tv')", 'false', 'a weight of nothing'],
    ["priors.some((prior) => prior !== 'none')", 'false', 'gradient descent with a prior'],
    ["...(restarts !== undefined && { restarts }),", '', 'one start'],
    ["{ ...ATTACKS[method].preset, ...settings }.objective === 'cosine'", 'false', 'the cosine is shown as L_G'],
    ['descents.every((method) => ignoresTolerance(method, settings))', 'false', 'a tolerance that nothing uses'],
  ],

  'src/experiments/defence-options.ts': [
    ['|| rest.length > 0', '', 'two strengths'],
    ["if (strength !== undefined) throw", 'if (false) throw', 'a strength where there is none'],
    ["(name === 'prune' && value > 1)", 'false', 'more than all is pruned'],
    ['undoScale(defend(', '((g: any, _n: any) => g)(defend(', 'a scale that anyone can undo hides the image'],
    ["setting.defence === 'none'", 'true', 'no defence'],
  ],

  'src/experiments/recognition.ts': [
    ['Math.min(1, Math.max(0, value))', 'value', 'a classifier that sees pixels out of range'],
    ['=== label', '!== label', 'the others are recognised'],
    ['if (!data.every(Number.isFinite)) return false;', '', 'NaN is recognised as class 0'],
  ],

  'src/experiments/worker.ts': [
    ['sigma * sigma * unit', 'sigma * unit', 'a bound with σ for σ²'],
    ['if (!memory.has(name)) {', 'if (memory.size === 0) {', 'the bound of the first image for all'],
  ],

  'src/experiments/noise-bound.ts': [
    ['const weight = n / Math.max', 'const weight = 0 * Math.max', 'a prior without smoothness'],
  ],

  'src/experiments/display.ts': [
    ["amount(evaluations, 'evaluation')", '`${evaluations} evaluations`', '1 evaluations'],
  ],

  'src/experiments/train.ts': [
    ['classes, activation, seed }), kernels)', 'classes, seed }), kernels)', 'any activation is sigmoid'],
  ],

  'src/experiments/data.ts': [
    ['await unpack(path, folder);', '', 'an archive stays packed'],
    ['!(await isThere(path, file))', '!existsSync(path)', 'any file of that name is the one'],
    ['!(await isThere(path, file))', 'true', 'what is there is fetched again'],
    ['if (existsSync(join(out, folder, unpacked))) return false;', '', 'what is unpacked is no end'],
  ],
};
