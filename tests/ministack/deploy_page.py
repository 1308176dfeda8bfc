"""infra/docs/deploy.md against the template: its tables are complete, and name nothing else."""

import re

from checks import expect
from expand import parameters
from page import DOCS, Page, terminal


def deploy_page(stack, fake):
    """infra/docs/deploy.md names every parameter and every output"""
    page = Page("deploy.md")
    page.deployment()
    cells = page.first_column("The guided questions, one by one")
    asked = [name for cell in cells if cell.startswith("Parameter ") for name in cell.split(" ", 1)[1].split(", ")]
    expect("the parameters", sorted(asked), sorted(parameters(DOCS.parent / "template.yaml")))
    with terminal(stack, {}) as shell:
        printed = shell.run(page.block("describe-stacks"))
    page.end()
    outputs = sorted(line.split()[0] for line in printed.splitlines())
    told = [name for cell in page.first_column("What you get") for name in re.findall(r"`(\w+)`", cell)]
    expect("the outputs", sorted(told), outputs)
