# Contacts of curves: exact common ends of pieces, whatever the polylines do.
import numpy as np

from critlocus.chambers.arrangement import arrange
from critlocus.chambers.contacts import join_contacts, pieces
from critlocus.chambers.trace import Arc


def test_a_curve_that_touches_another_one_cuts_the_side_in_two():
    # t = s^2 from above touches t = 0 in the origin; both polylines miss the origin without the contact.
    s = np.linspace(-1, 1, 10)
    line = Arc(np.stack([s, 0 * s], axis=1), (0, 1), [2])
    curve = np.insert(np.stack([s, 0.9 * s**2 + 0.01], axis=1), 5, [0, 0], axis=0)
    arcs = [line, Arc(curve, (0, 1), [], "singular", [5])]
    join_contacts(arcs)
    assert line.contacts == [5]
    assert np.array_equal(line.points[5], [0, 0])
    assert line.cusps == [2]
    lines, owners = pieces(arcs)
    assert owners == [0, 0, 1, 1]
    assert sum(len(piece) for piece in lines) == len(line.points) + len(curve) + 2
    window = np.array([[-1.0, -1.0], [1.0, 1.0]])
    faces = arrange(lines, window, np.random.default_rng(0)).faces
    assert len(faces) == 4  # below, above, and on either side of the contact
