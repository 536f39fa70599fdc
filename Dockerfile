FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONFAULTHANDLER=1 \
    DATA_DIR=/data \
    BIND=0.0.0.0

WORKDIR /app

# Locked and hashed, and wheels only: no compiler, and nothing that was not tested.
COPY requirements.txt ./
RUN pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt

RUN useradd --uid 10001 --no-create-home response && install -d -o response /data
COPY manage.py ./
COPY response ./response
COPY jobs ./jobs
COPY people ./people
COPY incidents ./incidents
COPY integrations ./integrations
COPY slackbot ./slackbot
COPY ui ./ui
RUN python -m compileall -q .

USER response
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]

CMD ["python", "-m", "gunicorn", "--config", "response/gunicorn_conf.py", "response.wsgi"]
