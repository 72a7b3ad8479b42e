"""The same evaluation and the same attack in PyTorch, one thread: the other side of `npm run bench -- --torch`.

Reads commands from standard input, a JSON object a line, and answers each with one. `load` names a folder with
network.json, which tells the shapes, and raw little-endian float64 files; the others work on what was loaded.
"""
import json, sys, time
import numpy, torch

torch.set_num_threads(1)
TYPES = {"float32": torch.float32, "float64": torch.float64}


class Victim:
    def __init__(self, folder, dtype):
        spec = json.load(open(f"{folder}/network.json"))
        read = lambda name, shape: torch.from_numpy(numpy.fromfile(f"{folder}/{name}.f64")).to(dtype).reshape(shape)
        self.theta = [read(t["name"], t["shape"]).requires_grad_() for t in spec["tensors"]]
        self.shared = [read(t["name"] + ".gradient", t["shape"]) for t in spec["tensors"]]
        self.truth, self.start = (read(name, [1, *spec["image"]]) for name in ("truth", "start"))
        self.strides, self.label = spec["strides"], torch.tensor([spec["label"]])

    def objective(self, x):
        """L_G, Eq. (5), and its gradient with respect to x."""
        y = x
        for k, stride in enumerate(self.strides):
            y = torch.sigmoid(torch.conv2d(y, self.theta[2 * k], self.theta[2 * k + 1], stride=stride, padding=2))
        y = torch.nn.functional.linear(y.flatten(1), self.theta[-2], self.theta[-1])
        loss = torch.nn.functional.cross_entropy(y, self.label)
        gradient = torch.autograd.grad(loss, self.theta, create_graph=True)
        value = sum(((g - s) ** 2).sum() for g, s in zip(gradient, self.shared))
        return value, torch.autograd.grad(value, x)[0]

    def evaluate(self):
        x = self.start.clone().requires_grad_()
        value, gradient = self.objective(x)
        return {"objective": value.item(), "gradient": gradient.flatten().tolist()}

    def time(self, seconds):
        """Milliseconds an evaluation, over at least so many seconds."""
        x, calls, start = self.start.clone().requires_grad_(), 0, time.perf_counter()
        while True:
            self.objective(x)
            calls += 1
            spent = time.perf_counter() - start
            if spent >= seconds:
                return {"milliseconds": 1e3 * spent / calls}

    def attack(self, line_search, iterations, tolerance, official):
        """iDLG by torch.optim.LBFGS(lr=1), up to 20 moves an iteration, until L_G < tolerance before an iteration.

        The authors' own loop (official) computes L_G once more after each iteration, and looks at a thirtieth of them; its
        backward() accumulates ∂L_G/∂θ too, which is spared here.
        """
        x = self.start.clone().requires_grad_()
        search = {"none": None, "strong-wolfe": "strong_wolfe"}[line_search]
        optimizer = torch.optim.LBFGS([x], lr=1, history_size=100, line_search_fn=search)
        evaluations, last = 0, float("nan")

        def closure():
            nonlocal evaluations, last
            value, x.grad = self.objective(x)
            last = value.item()
            evaluations += 1
            if not official and evaluations == before + 1 and last < tolerance:
                raise StopIteration
            return value

        start = time.perf_counter()
        for iteration in range(iterations):
            before = evaluations
            try:
                optimizer.step(closure)
            except StopIteration:
                break
            if official:
                closure()
                if iteration % max(1, iterations // 30) == 0 and last < tolerance:
                    break
            elif evaluations == before + 1 or not last < float("inf"):  # nothing moves any more, or it diverged
                break
        seconds = time.perf_counter() - start
        error = ((x - self.truth) ** 2).mean().item()
        finite = lambda value: value if abs(value) < float("inf") else None  # JSON has no NaN
        return {"seconds": seconds, "evaluations": evaluations, "mse": finite(error), "objective": finite(last)}


victim = None
for line in sys.stdin:
    command = json.loads(line)
    name = command.pop("command")
    if name == "load":
        victim = Victim(command["folder"], TYPES[command["dtype"]])
        answer = "loaded"
    elif name == "version":
        answer = torch.__version__
    else:
        answer = getattr(victim, name)(**command)
    print(json.dumps(answer), flush=True)
