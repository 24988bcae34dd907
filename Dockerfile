# Airflow with what this project needs. The image of docker-compose.yaml; it runs as the user airflow.
FROM apache/airflow:3.3.2-python3.12

COPY --chown=airflow:0 requirements.txt /requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /requirements.txt

COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 include /opt/airflow/include
ENV AWS_WAREHOUSE_INCLUDE=/opt/airflow/include
