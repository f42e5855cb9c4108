/* SPDX-License-Identifier: MIT */
/*
 * OpenMetrics text, for Prometheus and its kin. Gauges and counters alone, so that node_exporter
 * takes it as well, which reads the older format of Prometheus.
 */
#include "analyzer/render/render.h"

#include <stdlib.h>

#include "analyzer/render/text_output.h"
#include "analyzer/report/metrics.h"

static void print_label(FILE *out, const char *any)
{
	char *escaped = text_escaped(any);
	const char *at;

	for (at = escaped; *at; at++) {
		if (*at == '"' || *at == '\\')
			fputc('\\', out);
		fputc(*at, out);
	}
	free(escaped);
}

static void print_sample(FILE *out, const struct metric_family *family,
			 const struct metric_sample *sample)
{
	size_t i;

	fprintf(out, "%s%s", family->name, family->type == METRIC_COUNTER ? "_total" : "");
	for (i = 0; i < METRIC_LABELS_MAX && family->label_names[i]; i++) {
		fprintf(out, "%s%s=\"", i ? "," : "{", family->label_names[i]);
		print_label(out, sample->labels[i]);
		fputc('"', out);
	}
	fprintf(out, "%s %.15g\n", i ? "}" : "", sample->value);
}

static void print_family(FILE *out, const struct metric_family *family)
{
	size_t i;

	fprintf(out, "# TYPE %s %s\n", family->name,
		family->type == METRIC_COUNTER ? "counter" : "gauge");
	fprintf(out, "# HELP %s %s\n", family->name, family->help);
	for (i = 0; i < family->count; i++)
		print_sample(out, family, &family->samples[i]);
}

void render_openmetrics(const struct report *report, FILE *out, bool color)
{
	struct metrics metrics = metrics_of(report);
	size_t i;

	(void)color;
	for (i = 0; i < metrics.count; i++)
		print_family(out, &metrics.families[i]);
	fputs("# EOF\n", out);
	metrics_clear(&metrics);
}
