"""The scripts and workflows that a course gives to its platform; `@NAME@` stands for what is filled in."""

__all__ = ["GITHUB_CHECK", "GITHUB_GRADE", "GITLAB_GRADE", "GRADESCOPE_RUN", "GRADESCOPE_SETUP"]

#: finds Python 3.11 or newer, or installs it
_PYTHON = """\
python=
for name in python3.14 python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$name
        break
    fi
done
"""

GRADESCOPE_SETUP = f"""\
#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. Nothing is trained: the solution's runs come with it.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
export DEBIAN_FRONTEND=noninteractive

{_PYTHON}
if [ -z "$python" ] || ! command -v bwrap >/dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends bubblewrap || true
fi
if [ -z "$python" ]; then
    apt-get install -y --no-install-recommends python3.11 python3.11-venv
    python=python3.11
fi
"$python" -m venv /opt/grader
/opt/grader/bin/python -m pip install --quiet --requirement requirements.txt
/opt/grader/bin/python -m pip install --quiet --no-deps --no-index --ignore-installed wheels/*.whl

# Beside the sandbox: only root may read the seed, the solution and the answers to hidden checks.
chmod -R go-rwx . /opt/grader/lib/python3*/site-packages/reference 2>/dev/null || chmod -R go-rwx .
/opt/grader/bin/grader doctor
"""

GRADESCOPE_RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission, as root, in a new container. It writes /autograder/results/results.json. If
# nothing could be graded, or an internal error ended the grading, no file is written: nobody gets a zero for it.
cd /autograder || exit 1
chmod 700 source results
/opt/grader/bin/grader grade submission -o /tmp/grader-report --ci gradescope --config /autograder/source/grader.toml
status=$?
[ "$status" -le 1 ]
"""

#: for students' repositories: what they see on each push, with nothing secret in it
GITHUB_CHECK = """\
# Commit this as .github/workflows/check.yml in the template repository of the assignment. It runs the visible checks
# on each push. Nothing secret is in it or can be reached from it, so it does not matter that students can change it;
# for the same reason its result is no grade. Grades come from grade.yml in the course's own repository.
name: check
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "@PYTHON@"
      - name: Install the course's grader
        run: |
          curl --fail --silent --show-error --location --output "$RUNNER_TEMP/@WHEEL@" "@URL@/@WHEEL@"
          echo "@WHEEL_SHA256@  $RUNNER_TEMP/@WHEEL@" | sha256sum --check
          python -m pip install --quiet "$RUNNER_TEMP/@WHEEL@"
      - name: Check
        run: grader check . -o "$RUNNER_TEMP/report" || true
      - uses: actions/upload-artifact@v4
        with:
          name: report
          path: ${{ runner.temp }}/report
"""

#: for the course's own repository, which no student can read
GITHUB_GRADE = """\
# Commit this as .github/workflows/grade.yml in a private repository of the course, beside course.zip. Students can
# neither read nor change it: the grader, the hidden checks and the seed come from here, never from what is graded.
#
# What must be set there: the secrets GRADER_SEED (a long random number) and SUBMISSIONS_TOKEN (a token that may read
# the students' repositories, and nothing else).
name: grade
on:
  workflow_dispatch:
    inputs:
      repository:
        description: "owner/name of the student's repository"
        required: true
      ref:
        description: "commit or branch; the default branch where none is given"
        default: ""
permissions:
  contents: read
jobs:
  grade:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
        with:
          path: course
          persist-credentials: false
      - uses: actions/checkout@v4
        with:
          repository: ${{ inputs.repository }}
          ref: ${{ inputs.ref }}
          token: ${{ secrets.SUBMISSIONS_TOKEN }}
          path: submission
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "@PYTHON@"
      - name: Install the course's grader
        run: |
          command -v bwrap >/dev/null || { sudo apt-get update && sudo apt-get install -y bubblewrap; }
          echo "@BUNDLE_SHA256@  course/course.zip" | sha256sum --check
          python -m zipfile -e course/course.zip "$RUNNER_TEMP/course"
          python -m pip install --quiet --requirement "$RUNNER_TEMP/course/requirements.txt"
          python -m pip install --quiet --no-deps --no-index --ignore-installed "$RUNNER_TEMP"/course/wheels/*.whl
      - name: Settings
        env:
          GRADER_SEED: ${{ secrets.GRADER_SEED }}
        run: |
          umask 077
          cd "$RUNNER_TEMP/course"
          printf 'seed = %s\\n' "${GRADER_SEED:?the secret GRADER_SEED is not set}" > with-seed.toml
          cat grader.toml >> with-seed.toml
      - name: Grade
        id: grader
        run: grader grade submission -o report --ci github --config "$RUNNER_TEMP/course/with-seed.toml"
      - name: Forget the seed
        if: always()
        run: rm -f "$RUNNER_TEMP/course/with-seed.toml"
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: grade
          path: report
"""

GITLAB_GRADE = """\
# Commit this as grade.yml in a private project of the course, beside course.zip, and set it as "CI/CD configuration
# file" of the students' projects: grade.yml@GROUP/PROJECT. Students have the role Developer, so they can change neither
# that setting nor this file.
#
# What must be set: the variable GRADER_SEED (a long random number; type file, protected) in the group, and in the
# course's project, under "Job token permissions", that the students' group may read it. The address below is the course
# project's, with the job's token: https://gitlab-ci-token:${CI_JOB_TOKEN}@HOST/GROUP/PROJECT.git
grade:
  image: python:@PYTHON@
  timeout: 30 minutes
  variables:
    GIT_DEPTH: "1"
  rules:
    # A merge request from a fork runs without the group's variables, and is not graded.
    - if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  before_script:
    - command -v bwrap >/dev/null || { apt-get update && apt-get install -y --no-install-recommends bubblewrap; }
    - course=$(mktemp -d)
    - git clone --quiet --depth 1 "@URL@" "$course/from" && cp "$course/from/course.zip" "$course/"
    - echo "@BUNDLE_SHA256@  $course/course.zip" | sha256sum --check
    - python -m zipfile -e "$course/course.zip" "$course"
    - python -m pip install --quiet --requirement "$course/requirements.txt"
    - python -m pip install --quiet --no-deps --no-index --ignore-installed "$course"/wheels/*.whl
    - umask 077
    - printf 'seed = %s\\n' "$(cat "$GRADER_SEED")" > "$course/with-seed.toml"
    - cat "$course/grader.toml" >> "$course/with-seed.toml"
  script:
    - grader grade . -o grader-report --ci gitlab --config "$course/with-seed.toml"
  artifacts:
    when: always
    paths: [grader-report/]
    reports:
      junit: grader-report/junit.xml
      codequality: grader-report/gl-code-quality-report.json
"""
