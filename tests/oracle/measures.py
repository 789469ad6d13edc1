"""The measures: each takes an Oracle (oracle.py) and reports figures of every profiler at every rate."""
import random
import statistics
import subprocess

import legality
import stacks

SHORT = "short"  # the program of one busy thread


def each_run(oracle, profilers, arguments, allowed=True):
    """Records a program with each profiler at each rate: (profiler, rate, Recording) of those that worked."""
    for rate in oracle.rates:
        for profiler in profilers:
            try:
                yield profiler, rate, profiler.record(rate, arguments)
            except (RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as error:
                oracle.failed(profiler, rate, arguments, error)


def program(name, *arguments):
    return [str(stacks.PROGRAMS / f"{name}.py"), *map(str, arguments)]


# ---- impossible stacks ----


def measure_stacks(oracle):
    """Stacks that cannot have been, by their names alone and by their lines too, in each program and in all."""
    sums = {}
    for name in oracle.programs or stacks.NAMES:
        rules = stacks.program_of(name)
        for profiler, rate, recording in each_run(oracle, oracle.profilers, program(name, oracle.seconds)):
            verdicts = stacks.Verdicts(rules, recording)
            by_name, by_line = verdicts.count[legality.NAMES], verdicts.count[legality.LINES]
            figures = {"samples": verdicts.judged(), "impossible": by_name, "wrong lines": by_line}
            oracle.report("stacks", name, profiler, rate, figures)
            oracle.show_stacks(name, profiler, rate, verdicts.impossible)
            what = f"{name}: {by_name} impossible stacks, {by_line} wrong lines"
            oracle.check(profiler, what, by_name + by_line == 0)
            oracle.check(profiler, f"{name}: no samples", verdicts.judged() > 0)
            check_life(oracle, profiler, name, rules, recording)
            total = sums.setdefault((profiler, rate), dict.fromkeys(figures, 0))
            for figure in figures:
                total[figure] += figures[figure]
    for (profiler, rate), total in sums.items():
        share = 100 * total["impossible"] / max(1, total["samples"])
        oracle.report("stacks", "all", profiler, rate, {**total, "impossible %": share})


def check_life(oracle, profiler, name, rules, recording):
    """Main's weights against how long it took; a sampler that had no CPU for a while may err by that."""
    if not recording.weighted or not recording.longest:
        return
    weight = sum(stack.weight for stack in recording.threads[0].stacks
                 if rules.verdict(stack.frames) != legality.OUTSIDE)
    took = recording.account["wall"]
    room = took / 100 + 2 * recording.longest
    oracle.check(profiler, f"{name}: weights {weight:.4f} s, life {took:.4f} s", abs(weight - took) <= room)


# ---- delivery, and what a sample costs the recorder ----


def measure_delivery(oracle):
    """Samples delivered of those scheduled, and the profiler's CPU time for each."""
    for name, busy in ((SHORT, ("main",)), ("phases", ("main",)), ("crowd", ("busy_a", "busy_b", "busy_c"))):
        for profiler, rate, recording in each_run(oracle, oracle.profilers, program(name, oracle.seconds)):
            oracle.report("delivery", name, profiler, rate, delivery(recording, busy, rate))


def delivery(recording, busy, rate):
    lives = recording.account.get("threads", {"main": recording.account})
    delivered = sum(recording.samples(function) for function in busy)
    due = sum(lives[function]["wall"] for function in busy if function in lives) * rate
    figures = {"scheduled": round(due), "delivered": delivered, "delivered %": 100 * delivered / due}
    threads = [thread for thread in recording.threads if thread.scheduled
               and any(thread.total("count", function) for function in busy)]
    if threads:
        scheduled = sum(thread.scheduled for thread in threads)
        got, missed = sum(thread.total("count") for thread in threads), sum(thread.missed for thread in threads)
        figures.update({"missed %": 100 * missed / scheduled, "late %": 100 * (scheduled - got - missed) / scheduled})
    return figures


def measure_cost(oracle):
    """CPU time of all that is not the program's own threads, for each sample that was delivered."""
    for profiler, rate, recording in each_run(oracle, oracle.profilers, program(SHORT, oracle.seconds)):
        samples = sum(thread.total("count") for thread in recording.threads)
        outside = recording.command[1] - recording.account["process"]
        inside = recording.account["others"]
        if samples and profiler.name != "pyinstrument":  # it runs in the program's thread
            oracle.report("cost", SHORT, profiler, rate, {"us in the program": 1e6 * inside / samples,
                                                          "us outside": 1e6 * outside / samples,
                                                          "us a sample": 1e6 * (inside + outside) / samples})


# ---- bias ----


def measure_bias(oracle):
    """How far the shares of functions are from the truth, beside what chance alone makes of as many samples."""
    unequal = oracle.base.record(1, program("unequal", 0.1, "measure")).account
    truth = {way: normal(unequal[way]) for way in ("placed", "alone")}
    doubt = distance(truth["placed"], truth["alone"])
    oracle.report("bias", "unequal", oracle.base, 0, {"TV of two instruments": doubt})
    for profiler, rate, recording in each_run(oracle, oracle.profilers, program("unequal", oracle.seconds)):
        report_bias(oracle, "unequal", profiler, rate, truth["placed"], recording.self_share(truth["placed"]))
    for name in ("phases", "periodic"):
        for profiler, rate, recording in each_run(oracle, oracle.profilers, program(name, oracle.seconds)):
            known = normal(recording.account["truth"])
            report_bias(oracle, name, profiler, rate, known, recording.total_share(known))


def report_bias(oracle, name, profiler, rate, truth, found):
    share, samples = found
    if not samples:
        oracle.report("bias", name, profiler, rate, {"samples": 0})
        return
    floor = chance(truth, samples)
    away = distance(truth, share)
    oracle.report("bias", name, profiler, rate, {"samples": samples, "TV": away, "TV by chance": floor,
                                                 "above": max(0.0, away - floor)})


def normal(costs):
    total = sum(costs.values())
    return {name: cost / total for name, cost in costs.items()}


def distance(one, other):
    """Total-variation distance of two distributions."""
    return sum(abs(one[name] - other[name]) for name in one) / 2


def chance(truth, samples):
    """The median distance from the truth of as many samples drawn from it."""
    names, weights = list(truth), list(truth.values())
    source, distances = random.Random(1), []
    for _ in range(25):
        drawn = dict.fromkeys(names, 0)
        for name in source.choices(names, weights, k=samples):
            drawn[name] += 1
        distances.append(distance(truth, normal(drawn)))
    return statistics.median(distances)


# ---- conservation ----


def measure_conservation(oracle):
    """Weights of a thread's samples against its life, and their CPU time against the kernel's account."""
    for name in ("lives", "crowd"):
        for profiler, rate, recording in each_run(oracle, oracle.profilers, program(name, oracle.seconds)):
            if not recording.weighted:
                continue
            for function, life in recording.account["threads"].items():
                threads = [thread for thread in recording.threads if thread.total("count", function)]
                if not threads and profiler.name != "pyrec":  # it does not sample all threads
                    continue
                figures = {"life s": life["wall"]}
                weight = sum(thread.total("weight", function) for thread in threads)
                figures["weights off %"] = 100 * (weight / life["wall"] - 1)
                if all(stack.cpu is not None for stack in recording.stacks()):
                    cpu = sum(thread.total("cpu", function) for thread in threads)
                    figures.update({"cpu s": life["cpu"], "cpu off ms": 1000 * (cpu - life["cpu"])})
                oracle.report("conservation", f"{name}/{function}", profiler, rate, figures)
                room = life["wall"] / 1000 + 2 * (recording.longest or 0)
                oracle.check(profiler, f"{name}/{function}: weights {weight:.4f} s, life {life['wall']:.4f} s",
                             abs(weight - life["wall"]) <= room)


# ---- overhead ----


def measure_overhead(oracle):
    """Paired runs: time of a program's steady state under a profiler over its time without; and the floor."""
    for rate in oracle.rates:
        for way, figures in floor(oracle, rate).items():
            oracle.report("floor", way, oracle.base, rate, figures)
    for work in ("django", "deep"):
        arguments = program("steady", oracle.seconds, work)
        oracle.report("overhead", work, oracle.base, 0, pairs(oracle, oracle.base, 1, arguments))
        for rate in oracle.rates:
            for profiler in oracle.profilers:
                try:
                    oracle.report("overhead", work, profiler, rate, pairs(oracle, profiler, rate, arguments))
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    oracle.failed(profiler, rate, arguments, error)


def pairs(oracle, profiler, rate, arguments):
    """Ratio of the steady state's time to the base's, of runs in turns: median and quartiles."""
    base = oracle.base_of(profiler)
    ratios = []
    for turn in range(oracle.pairs):
        two = [base, profiler] if turn % 2 == 0 else [profiler, base]
        first, second = (each.record(rate, arguments).account["steady"] for each in two)
        ratios.append(second / first if turn % 2 == 0 else first / second)
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return {"ratio": middle, "lower quartile": low, "upper quartile": high}


def floor(oracle, rate):
    """What bare wake-ups and signals cost (floor.c)."""
    command = [str(oracle.build / "tests" / "floor"), str(rate), str(2 * oracle.seconds)]
    found = {}
    for line in subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().splitlines():
        way, events, scheduled, loss = line.split()
        found[way] = {"ratio": 1 / (1 - float(loss)), "us an event": 1e6 * float(loss) / rate,
                      "delivered %": 100 * int(events) / int(scheduled)}
    return found


PARTS = {"stacks": measure_stacks, "delivery": measure_delivery, "cost": measure_cost, "bias": measure_bias,
         "conservation": measure_conservation, "overhead": measure_overhead}
