"""What does an English report say?"""

from simulator.wording import Wording

ENGLISH = Wording(
    headings=(
        "How {a} took shape",
        "The present state of {a}",
        "{a} and {b}",
        "What drives {a}",
        "Who shapes {a}",
        "Measuring {a}",
        "Risks around {a}",
        "The outlook for {a}",
    ),
    claims=(
        "Published accounts of {a} grew by {p} percent between {y} and {z}, and most of them treat {b} in passing.",
        "A survey of {n} sources found that {a} was named together with {b} in {p} percent of cases.",
        "The earliest description of {a} that could be found dates from {y}, well before {b} drew attention.",
        "Of {n} practitioners asked in {z}, about {p} percent placed {a} ahead of {b} in importance.",
        "Spending connected with {a} reached {n} million in {z}, against {p} million in {y}.",
        "Two independent reviews from {z} agree that {a} depends on {b} more than was assumed in {y}.",
        "Reports filed in {z} put the share of {a} at {p} percent, with {n} cases examined.",
        "The longest series on {a} covers the years {y} to {z} and contains {n} observations.",
    ),
    links=(
        "This matters because {b} sets the pace at which {a} can change.",
        "The picture is less clear once {b} is set aside and {a} is read alone.",
        "Seen from {b}, the same facts about {a} allow a second reading.",
        "No source consulted here contradicts that view of {a}, though several qualify it.",
        "It follows that any judgement on {a} has to say what it assumes about {b}.",
        "The difference between {a} and {b} is one of degree, and it has narrowed since {y}.",
    ),
    points=(
        "**{a}**: noted in {n} of the documents read",
        "**{b}**: first compared with {a} in {y}",
        "**{a}** against **{b}**: the gap was {p} percent in {z}",
    ),
    thoughts=(
        "**Mapping {a}**\n\nI am laying out what the question asks about {a} and where {b} comes in.",
        "**Searching for {a}**\n\nI am looking for sources on {a}, and first of all for dated ones from {y} onwards.",
        "**Comparing {a} with {b}**\n\nSome sources disagree about {a}, so I am checking what they say about {b}.",
        "**Checking figures on {a}**\n\nThe figures for {a} differ between {y} and {z}, and I am tracing them back.",
        "**Filling gaps around {b}**\n\nLittle has turned up on {b} so far, so I am widening the search beyond {a}.",
        "**Drafting the part on {a}**\n\nI have enough on {a} to write, and I am ordering it before turning to {b}.",
    ),
    summary_heading="Summary",
    summary="This report looks at {a} and at its ties with {b}. It reads {n} sources from {y} to {z}.",
    table="| Subject | {y} | {z} |\n|---|---|---|\n| {a} | {p} | {n} |\n| {b} | {n} | {p} |",
    about=(
        "## About this report\n\nThis text is simulated. It was put together by rule from the words of the request; "
        "its figures, years and sources are invented and nothing in it was looked up.\n"
    ),
    short_answer=(
        "You asked about {a}.",
        "In short, {a} is best understood together with {b}.",
        "Between {y} and {z} the weight of {a} moved by {p} percent, and {b} moved with it.",
        "This answer is simulated from the words of your request.",
    ),
    plan_heading="Research plan",
    plan_question="This is a simulated plan, not yet a report. Shall I carry it out, or change it first?",
    source_title="{a}: source {n}",
    gap=" ",
)
