"""Expression graph -> straight-line program (tape); derivatives; evaluation."""

from critlocus.tape.derivatives import jacobian, pullback
from critlocus.tape.evaluate import evaluate
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.program import Program, compile_program

__all__ = ["NONE", "Graph", "Program", "compile_program", "evaluate", "jacobian", "pullback"]
