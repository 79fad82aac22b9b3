"""How people ask: templates for every kind of question, and the ways in which a typed line varies.

``{n}`` is a noun for "thing", ``{ns}`` its plural, ``{p}`` a phrase like "in this picture" or nothing, ``{c}`` colour
or color, ``{k}`` what is asked for, ``{w}`` a place.
"""

from __future__ import annotations

import random

NOUNS = ("thing", "thing", "thing", "object", "object", "shape", "figure", "item", "drawing")
PICTURES = ("picture", "picture", "image", "image", "photo", "drawing", "pic", "graphic", "scene", "canvas", "illustration")
PLACE_WORDS = (
    ("at the top left", "in the top left", "in the top left corner", "in the upper left", "at the upper left", "on the top left", "in the upper left corner", "top left"),
    ("at the top", "on top", "in the top row", "up top", "in the upper part", "at the top edge", "along the top"),
    ("at the top right", "in the top right", "in the top right corner", "in the upper right", "at the upper right", "on the top right", "in the upper right corner", "top right"),
    ("on the left", "at the left", "on the left side", "to the left", "on the left hand side", "in the left part", "at the left edge"),
    ("in the centre", "in the center", "in the middle", "at the centre", "at the center", "in the very middle", "right in the middle"),
    ("on the right", "at the right", "on the right side", "to the right", "on the right hand side", "in the right part", "at the right edge"),
    ("at the bottom left", "in the bottom left", "in the bottom left corner", "in the lower left", "at the lower left", "on the bottom left", "in the lower left corner", "bottom left"),
    ("at the bottom", "in the bottom row", "down at the bottom", "in the lower part", "at the bottom edge", "along the bottom"),
    ("at the bottom right", "in the bottom right", "in the bottom right corner", "in the lower right", "at the lower right", "on the bottom right", "in the lower right corner", "bottom right"),
)
TEMPLATES = {
    "describe": (
        "What is in {i}?", "What's in {i}?", "What is in {i}?", "Describe {i}.", "Describe {i}.", "Describe it.",
        "What do you see?", "What do you see {p}?", "What can you see?", "What can you see {p}?", "Describe what you see.",
        "Tell me what you see.", "Tell me what is in {i}.", "Tell me about {i}.", "What does {i} show?", "What is this?",
        "What's this?", "What is shown?", "What is shown {p}?", "What is on {i}?", "What's there?", "What is there {p}?",
        "List the {ns}.", "List all {ns} {p}.", "List everything you see.", "Name the {ns} {p}.", "Give me a description of {i}.",
        "Give a description.", "Caption {i}.", "Write a caption for {i}.", "What {ns} are there {p}?", "What {ns} are {p}?",
        "What {ns} do you see {p}?", "Which {ns} are there {p}?", "Which {ns} do you see?", "Which {ns} can you see {p}?",
        "What is depicted?", "What is depicted {p}?", "What am I looking at?", "Explain {i}.", "What is drawn {p}?",
        "What's going on {p}?", "Describe the {ns} {p}.", "Describe all the {ns}.", "Can you describe {i}?", "Could you describe it?",
        "Describe everything {p}.", "What are the {ns} {p}?", "Say what is in {i}.", "What is visible {p}?", "What has been drawn {p}?",
        "What does it show?", "Show me what you see.", "Look at {i}. What is there?", "What did I draw?", "What have I drawn?", "What am I drawing?", "Guess what it is.", "Can you guess what I drew?", "What does it look like?", "What is that?", "Can you tell what this is?", "Here is {i}. What do you see?", "And what is in {i}?",
    ),
    "count": (
        "How many {ns} are there?", "How many {ns} are there {p}?", "How many {ns} do you see?", "How many {ns} do you see {p}?",
        "How many {ns} are {p}?", "How many {ns}?", "How many {ns} {p}?", "How many {ns} can you see?", "Count the {ns}.",
        "Count the {ns} {p}.", "Count all {ns}.", "What is the number of {ns} {p}?", "What number of {ns} is there?",
        "How many {ns} does {i} have?", "How many {ns} does {i} contain?", "How many {ns} are drawn {p}?", "How many are there?",
        "How many are there {p}?", "How many things are there altogether?", "How many {ns} in total?", "How many {ns} are there in total?",
        "Tell me how many {ns} there are.", "Tell me how many {ns} you see.", "Give me the number of {ns}.", "Number of {ns}?", "How many different {ns} are there?",
        "Can you count the {ns}?", "What is the total number of {ns}?", "How many {ns} have been drawn?", "How many {ns} are shown {p}?", "How many {ns} are visible?",
    ),
    "count_of": (
        "How many {ks} are there?", "How many {ks} are there {p}?", "How many {ks} do you see?", "How many {ks} do you see {p}?", "How many {ks} are {p}?",
        "How many {ks}?", "How many {ks} {p}?", "How many {ks} can you see?", "Count the {ks}.", "Count the {ks} {p}.", "Count all {ks}.", "What is the number of {ks} {p}?",
        "How many {ks} does {i} have?", "How many {ks} does {i} contain?", "How many {ks} are drawn {p}?", "How many {ks} in total?", "How many of the {ns} are {ks}?",
        "Tell me how many {ks} there are.", "Tell me how many {ks} you see.", "Give me the number of {ks}.", "Number of {ks}?", "Can you count the {ks}?", "How many {ks} are visible?", "How many {ks} are shown?",
    ),
    "count_adjective": (
        "How many {ns} are {a}?", "How many {ns} are {a} {p}?", "How many are {a}?", "How many of them are {a}?", "How many {a} ones are there?", "How many of the {ns} are {a}?", "How many {a} ones do you see?",
    ),
    "exists": (
        "Is there {ak}?", "Is there {ak}?", "Is there {ak} {p}?", "Is there {ak} {p}?", "Do you see {ak}?", "Do you see {ak} {p}?", "Can you see {ak}?", "Can you see {ak} {p}?", "Are there any {ks}?",
        "Are there any {ks} {p}?", "Are there {ks}?", "Are there {ks} {p}?", "Does {i} have {ak}?", "Does {i} contain {ak}?", "Does {i} show {ak}?", "Does it have {ak}?", "Is {ak} {p}?",
        "Do you see any {ks}?", "Can you find {ak}?", "Any {ks}?", "Any {ks} {p}?", "Is there any {k}?", "Is there any {k} {p}?", "Does {i} include {ak}?", "Can you spot {ak} {p}?", "Is there {ak} or not?", "Does {i} contain any {ks}?",
        "Tell me if there is {ak}.", "Tell me whether there is {ak} {p}.", "Have you found {ak}?", "Is {ak} visible?", "Is {ak} there?", "Is there at least one {k}?", "Do we have {ak} {p}?", "Are any {ks} visible?", "Is one of the {ns} {ak}?",
    ),
    "exists_adjective": (
        "Is anything {a}?", "Is there anything {a}?", "Is there anything {a} {p}?", "Is there something {a}?", "Is something {a}?", "Is any {n} {a}?", "Are any of the {ns} {a}?", "Are any {ns} {a}?",
        "Do you see anything {a}?", "Can you see something {a}?", "Is one of the {ns} {a}?", "Is any of them {a}?",
    ),
    "colour": (
        "What {c} is the {k}?", "What {c} is the {k}?", "What {c} is the {k} {p}?", "What is the {c} of the {k}?", "What is the {c} of the {k} {p}?", "What's the {c} of the {k}?", "Which {c} is the {k}?",
        "Which {c} does the {k} have?", "What {c} does the {k} have?", "Tell me the {c} of the {k}.", "Name the {c} of the {k}.", "The {k} is what {c}?", "What {c} is that {k}?", "In what {c} is the {k}?", "{c} of the {k}?",
        "The {k}: what {c} is it?", "What {c} has the {k}?", "Can you tell me the {c} of the {k}?", "What {c} is the {k} painted?", "Give me the {c} of the {k}.", "Which {c} has the {k}?", "What {c} would you say the {k} is?", "What {c} was used for the {k}?",
    ),
    "colour_many": ("What {c} are the {ks}?", "What {c}s are the {ks}?", "Which {c}s are the {ks}?", "What {c}s do the {ks} have?", "What are the {c}s of the {ks}?", "Which {c} are the {ks}?", "Tell me the {c}s of the {ks}."),
    "noun": (
        "What is the {k}?", "What is the {k}?", "What is the {k} {p}?", "What's the {k}?", "What kind of thing is the {k}?", "What does the {k} show?", "What sort of {n} is the {k}?", "Which thing is the {k}?", "What is the {k} supposed to be?", "Tell me what the {k} is.",
        "What would you call the {k}?", "Name the {k}.", "What did I draw as the {k}?", "What shape is the {k}?", "What shape is the {k} {p}?", "What shape does the {k} have?", "Which shape is the {k}?", "What is the shape of the {k}?", "The {k} is what?", "What object is the {k}?",
    ),
    "noun_adjective": ("What is {a}?", "Which {n} is {a}?", "What {n} is {a}?", "What is {a} {p}?", "What's {a}?", "Which one is {a}?", "What {ns} are {a}?", "Which {ns} are {a}?", "What things are {a}?", "What did I draw in {a}?"),
    "place": (
        "Where is the {k}?", "Where is the {k}?", "Where is the {k} {p}?", "Where's the {k}?", "Where can I find the {k}?", "Where is the {k} located?", "Where is the {k} placed?", "Where do you see the {k}?", "In which part of {i} is the {k}?", "What is the position of the {k}?",
        "Tell me where the {k} is.", "Where in {i} is the {k}?", "What is the location of the {k}?", "Locate the {k}.", "Find the {k}.", "Position of the {k}?", "Which part of {i} is the {k} in?", "On which side is the {k}?", "Where does the {k} stand?", "Where did they put the {k}?",
        "Whereabouts is the {k}?", "At what position is the {k}?", "The {k} is where?", "What place is the {k} in?", "In what place do you see the {k}?", "Which spot is the {k} in?", "In which area is the {k}?", "Name the place of the {k}.", "Can you tell me where the {k} is?", "Show me where the {k} is.", "Say where the {k} is.",
    ),
    "place_many": ("Where are the {ks}?", "Where are the {ks} {p}?", "Where do you see the {ks}?", "Tell me where the {ks} are.", "Where can I find the {ks}?", "Where are the {ks} located?", "Locate the {ks}.", "Find the {ks}."),
    "style": (
        "Is the {k} filled or outlined?", "Is the {k} outlined or filled?", "Is the {k} filled or just an outline?", "Is the {k} filled, outlined or scribbled?", "Is the {k} filled or empty?", "Is the {k} an outline or filled?", "Filled or outlined: the {k}?",
        "How is the {k} drawn?", "How is the {k} drawn, filled or outlined?", "Is the {k} filled in or only outlined?", "Is the {k} scribbled or filled?", "Is the {k} drawn as an outline or filled?", "Would you say the {k} is filled or outlined?", "In what style is the {k}?",
    ),
    "text_style": ("Is the text printed or handwritten?", "Is the text handwritten or printed?", "Is it handwritten?", "Is the text written by hand?", "Was the text printed or written by hand?", "Is that handwriting?", "Printed or handwritten?", "Is the {k} printed or handwritten?"),
    "at": (
        "What is {w}?", "What is {w}?", "What's {w}?", "What is {w} {p}?", "What do you see {w}?", "What can you see {w}?", "Which {n} is {w}?", "What {n} is {w}?", "What is {w} of {i}?", "What is there {w}?", "What {ns} are {w}?", "Which {ns} are {w}?", "Tell me what is {w}.", "What is located {w}?",
        "Which {n} do you see {w}?", "What stands {w}?", "What is placed {w}?", "Describe what is {w}.", "What can be found {w}?", "And what is {w}?", "Is there anything {w}?", "Is there something {w}?", "What sits {w}?", "What lies {w}?", "Name the {n} {w}.",
    ),
    "colour_at": ("What {c} is the {n} {w}?", "What is the {c} of the {n} {w}?", "Which {c} is the {n} {w}?", "What {c} is the one {w}?", "What {c} does the {n} {w} have?", "Tell me the {c} of the {n} {w}."),
    "check": (
        "Is the {k} {a}?", "Is the {k} {a}?", "Is the {k} {a} {p}?", "Is the {c} of the {k} {a}?", "Is it true that the {k} is {a}?", "The {k} is {a}, right?", "Would you say the {k} is {a}?", "Is that {k} {a}?", "Does the {k} look {a}?", "Is the {k} really {a}?", "Is the {k} {a} or not?", "Is the {k} painted {a}?",
    ),
    "colours": (
        "What {c}s are there?", "What {c}s do you see?", "What {c}s are there {p}?", "Which {c}s do you see {p}?", "What {c}s are the {ns}?", "Which {c}s are the {ns}?", "What {c} are the {ns}?", "List the {c}s.", "List all {c}s {p}.", "Name the {c}s of the {ns}.", "What are the {c}s of the {ns}?",
        "Which {c}s are used?", "Which {c}s are used {p}?", "What {c}s do the {ns} have?", "Tell me the {c}s.", "Tell me the {c}s you see.", "Which {c}s are there?", "What are the {c}s {p}?", "What {c}s appear {p}?", "Which {c}s can you see?",
    ),
    "background": (
        "What {c} is the background?", "What is the background {c}?", "What is the {c} of the background?", "Which {c} is the background?", "What's the background?", "What {c} is behind the {ns}?", "Tell me the background {c}.", "What {c} is the background {p}?", "Background {c}?", "The background is what {c}?", "What {c} does the background have?",
        "What {c} is the backdrop?", "What {c} is the page?", "What {c} is the paper?", "On what {c} are the {ns} drawn?", "What is the {c} of the backdrop?", "Describe the background.", "Name the background {c}.",
    ),
    "colour_it": ("What {c} is it?", "What {c} is the {n}?", "What {c} is the {n} {p}?", "What is its {c}?", "Which {c} is it?", "What {c} does it have?", "What is the {c} of the {n}?", "What's its {c}?", "Tell me its {c}.", "Which {c} is the {n}?", "And its {c}?"),
    "noun_it": ("What kind of thing is it?", "What shape is it?", "What is it supposed to be?", "What object is it?", "Which thing is it?", "What shape does it have?", "What sort of {n} is it?", "What kind of {n} is this?", "What shape is this?", "And what is it?"),
    "place_it": ("Where is it?", "Where is the {n}?", "Where is the {n} {p}?", "Where is it {p}?", "Where's it?", "Where is it located?", "What is its position?", "Where does it stand?", "Where is the {n} located?", "Tell me where it is.", "And where is it?", "Where exactly is it?", "In which part of {i} is it?"),
    "read": (
        "What does it say?", "What does it say?", "What does it say {p}?", "What does the text say?", "What does the text {p} say?", "Read the text.", "Read the text {p}.", "Read it.", "Read this.", "What is written {p}?", "What is written here?", "What's written {p}?", "What is the text?", "What text is {p}?",
        "What text is there?", "What text do you see?", "What word is {p}?", "What word is this?", "Which word is it?", "What does {i} say?", "What letters are there?", "What letters do you see?", "What number is this?", "Which number is {p}?", "What number do you see?", "What is the number {p}?", "What digits are there?", "Which digit is this?",
        "What digit is it?", "Which letter is this?", "What letter do you see?", "Transcribe the text.", "Transcribe {i}.", "Can you read it?", "Can you read the text {p}?", "What can you read?", "Please read the text.", "Tell me what it says.", "Tell me what is written {p}.", "What did I write?", "What have I written?", "What does the sign say?", "Spell the word {p}.",
        "Which text is {p}?", "Read {i}.", "Do OCR.", "OCR this.", "Extract the text from {i}.", "Give me the text {p}.", "What do you read?",
    ),
    "has_text": ("Is there any text?", "Is there text {p}?", "Is there any text {p}?", "Is there any writing?", "Is there writing {p}?", "Is something written {p}?", "Does {i} contain text?", "Does {i} have any text?", "Do you see any text?", "Are there any letters {p}?", "Is there a word {p}?", "Is anything written here?"),
    "characters": ("How many letters are there?", "How many characters does the text have?", "How many letters does it have?", "How many characters are there?", "How long is the text?", "How many digits are there?", "How many letters are in the word?", "Count the letters.", "Count the characters {p}.", "How many digits does the number have?"),
    "beside": {
        "left": ("What is left of the {k}?", "What is to the left of the {k}?", "What do you see left of the {k}?", "Which {n} is left of the {k}?", "What's on the left of the {k}?", "What stands to the left of the {k}?", "What {ns} are to the left of the {k}?", "Is there anything left of the {k}?", "What can you see to the left of the {k}?"),
        "right": ("What is right of the {k}?", "What is to the right of the {k}?", "What do you see right of the {k}?", "Which {n} is right of the {k}?", "What's on the right of the {k}?", "What stands to the right of the {k}?", "What {ns} are to the right of the {k}?", "Is there anything right of the {k}?", "What can you see to the right of the {k}?"),
        "above": ("What is above the {k}?", "What do you see above the {k}?", "Which {n} is above the {k}?", "What's above the {k}?", "What is over the {k}?", "What {ns} are above the {k}?", "Is there anything above the {k}?", "What is higher than the {k}?", "What can you see above the {k}?"),
        "below": ("What is below the {k}?", "What do you see below the {k}?", "Which {n} is below the {k}?", "What's below the {k}?", "What is under the {k}?", "What {ns} are below the {k}?", "Is there anything under the {k}?", "What is beneath the {k}?", "What can you see below the {k}?"),
    },
    "check_beside": {
        "left": ("Is the {k} left of the {o}?", "Is the {k} to the left of the {o}?", "Is the {k} on the left of the {o}?", "Does the {k} stand left of the {o}?", "Is the {k} further left than the {o}?", "The {k} is left of the {o}, right?"),
        "right": ("Is the {k} right of the {o}?", "Is the {k} to the right of the {o}?", "Is the {k} on the right of the {o}?", "Does the {k} stand right of the {o}?", "Is the {k} further right than the {o}?", "Is it true that the {k} is right of the {o}?"),
        "above": ("Is the {k} above the {o}?", "Is the {k} over the {o}?", "Is the {k} higher than the {o}?", "Does the {k} stand above the {o}?", "The {k} is above the {o}, right?", "Is it true that the {k} is above the {o}?"),
        "below": ("Is the {k} below the {o}?", "Is the {k} under the {o}?", "Is the {k} lower than the {o}?", "Is the {k} beneath the {o}?", "Does the {k} stand below the {o}?", "Is it true that the {k} is below the {o}?"),
    },
    "biggest": ("What is the biggest {n}?", "Which {n} is the biggest?", "Which is the biggest?", "What is the largest {n}?", "Which {n} is the largest?", "Which one is biggest?", "What's the biggest {n} {p}?", "Name the largest {n}.", "Which {n} is bigger than the others?", "What is the biggest?"),
    "smallest": ("What is the smallest {n}?", "Which {n} is the smallest?", "Which is the smallest?", "Which {n} is the tiniest?", "What is the littlest {n}?", "Which one is smallest?", "What's the smallest {n} {p}?", "Name the smallest {n}.", "Which {n} is smaller than the others?", "What is the smallest?"),
    "bigger": ("Is the {k} bigger than the {o}?", "Is the {k} larger than the {o}?", "The {k} is bigger than the {o}, right?", "Is it true that the {k} is larger than the {o}?"),
    "smaller": ("Is the {k} smaller than the {o}?", "Is the {k} tinier than the {o}?", "The {k} is smaller than the {o}, right?", "Is it true that the {k} is smaller than the {o}?"),
    "size": ("How big is the {k}?", "How large is the {k}?", "What size is the {k}?", "What size does the {k} have?", "Is the {k} big or small?", "Is the {k} large or small?", "What is the size of the {k}?", "How big is the {k} {p}?", "Tell me how big the {k} is.", "Is the {k} small or large {p}?"),
    "which_bigger": (
        "Which is bigger, the {k} or the {o}?", "Which is larger, the {k} or the {o}?", "What is bigger, the {k} or the {o}?", "Which one is bigger, the {k} or the {o}?", "Is the {k} or the {o} bigger?", "Which of the two is larger, the {k} or the {o}?",
    ),
    "which_smaller": (
        "Which is smaller, the {k} or the {o}?", "Which is tinier, the {k} or the {o}?", "What is smaller, the {k} or the {o}?", "Which one is smaller, the {k} or the {o}?", "Is the {k} or the {o} smaller?", "Which of the two is smaller, the {k} or the {o}?",
    ),
    "follow_definite": ("And the {k}?", "And the {k}?", "What about the {k}?", "How about the {k}?", "the {k}?", "And what about the {k}?", "Same for the {k}.", "Now the {k}."),
    "follow_indefinite": ("And {ak}?", "And {ak}?", "What about {ak}?", "How about {ak}?", "Or {ak}?", "And what about {ak}?"),
    "follow_many": ("And {ks}?", "And {ks}?", "What about {ks}?", "How about {ks}?", "And how many {ks}?", "And what about {ks}?"),
}
SYNONYMS = {
    " see": (" spot", " notice", " find", " make out", " recognise", " identify", " detect", " observe"),
    " shown": (" displayed", " depicted", " pictured", " presented", " featured", " drawn", " painted"),
    " show": (" display", " depict", " present", " feature", " include", " contain", " hold"),
    " are there": (" exist", " appear", " do we have", " have we got", " can be seen", " can be found", " are present", " are visible", " turn up"),
    " is there": (" appears", " exists", " is present", " can be seen", " can be found", " turns up"),
    "What is": ("What would you say is", "What do you think is", "What might be", "What do you suppose is"),
    "What {n} is": ("What {n} would you say is", "What {n} do you think is"),
    "Where is": ("Where would you say is", "Where do you think is"),
    "How many {ns} are there": ("How many {ns} would you say there are", "How many {ns} do you think there are"),
    "What is in": ("What appears in", "What can be seen in", "What exists in", "What is contained in", "What is displayed in", "What is inside", "What have we got in", "What is to be seen in", "What got drawn in"),
    "What's in": ("What appears in", "What do you get in", "What is pictured in", "What was put in", "What features in"),
    " are visible": (" appear", " show up", " are present", " occur", " can be spotted"),
    " is visible": (" appears", " shows up", " is present", " occurs"),
    "Tell me": ("Say", "State", "Let me know", "Report", "Explain", "I want to know", "I'd like to know"),
    "Describe": ("Summarise", "Summarize", "Explain", "Report on", "Comment on", "Give details of", "Talk about"),
    " located": (" placed", " positioned", " found", " situated", " standing", " drawn"),
    " does {i} have": (" appear in {i}", " exist in {i}", " are contained in {i}", " occur in {i}"),
    "Count": ("Add up", "Tally", "Work out the number of"),
    "Is there": ("Does there seem to be", "Is there maybe", "Would there be", "Is there actually", "Is there by any chance"),
    "What {c} is": ("What exact {c} is", "Of what {c} is", "What sort of {c} is", "Just what {c} is", "Say what {c} is"),
}
OPENINGS = (
    "please ", "can you tell me: ", "hey, ", "tell me, ", "so ", "ok, ", "hi, ", "hello, ", "now ", "well, ", "and ", "question: ", "quick question: ", "excuse me, ", "I wonder, ",
)
ENDINGS = (" please", ", please", " now", " thanks", ", can you tell me", " exactly", ", do you know", " by the way", " for me")
LOOSE = ("", "", "", "", "", "", "", "", " in this one", " here", " there")


def picture_words(rng: random.Random) -> str:
    """"this picture", "the image", ..."""
    return rng.choice(("this", "this", "the", "the", "the", "that", "my")) + " " + rng.choice(PICTURES)


def fill(template: str, rng: random.Random, **parts: str) -> str:
    """Sets the slots of a template, now and then with another verb."""
    if rng.random() < 0.35:
        found = [words for words in SYNONYMS if words in template]
        if found:
            words = rng.choice(found)
            template = template.replace(words, rng.choice(SYNONYMS[words]), 1)
    noun = rng.choice(NOUNS)
    phrase = rng.choice(("in ", "in ", "in ", "on ", "within ", "inside ")) + picture_words(rng) if rng.random() < 0.85 else rng.choice(("here", "there"))
    colour = "colour" if rng.random() < 0.5 else "color"
    return template.format(n=noun, ns=noun + "s", p=phrase, i=picture_words(rng), c=colour, **parts)


def typed(question: str, rng: random.Random) -> str:
    """Varies a line as people type: case, end marks, a polite word, now and then a slip."""
    body = question.rstrip("?.")
    mark = question[len(body):]
    if rng.random() < 0.1:
        body = rng.choice(OPENINGS) + body[0].lower() + body[1:]
        body = body[0].upper() + body[1:]
    if rng.random() < 0.06:
        body += rng.choice(ENDINGS)
    draw = rng.random()
    if draw < 0.27:
        mark = ""
    elif draw < 0.31:
        mark = rng.choice(("??", " ?", "!", "?!", ".", " .", "...", "? "))
    draw = rng.random()
    if draw < 0.3:
        body = body.lower()
    elif draw < 0.35:
        body = body.upper()
    elif draw < 0.37:
        body = body.title()
    if rng.random() < 0.2:
        body = body.replace("'s", "s") if rng.random() < 0.5 else body.replace("'", "’")
    if rng.random() < 0.03 and len(body) > 8:
        at = rng.randrange(1, len(body) - 2)
        body = body[:at] + rng.choice((body[at + 1] + body[at] + body[at + 2:], body[at + 1:], body[at] + body[at:]))
    return body + mark
