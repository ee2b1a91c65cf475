#define _GNU_SOURCE  // RTLD_DEFAULT
#include "heatlens_onednn.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <oneapi/dnnl/dnnl.h>

// API 2.x passes memory descriptors by value and primitives by a two-step description; 3.x has handles and one step.
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t md_t;             // a handle
typedef const_dnnl_memory_desc_t md_view_t;  // borrowed
#define MD_VIEW(md) (md)
#else
typedef dnnl_memory_desc_t md_t;  // a value
typedef const dnnl_memory_desc_t *md_view_t;
#define MD_VIEW(md) (&(md))
#endif

static int md_init(md_t *md, int rank, const dnnl_dims_t dims, dnnl_format_tag_t tag) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_memory_desc_create_with_tag(md, rank, dims, dnnl_f32, tag);
#else
    return dnnl_memory_desc_init_by_tag(md, rank, dims, dnnl_f32, tag);
#endif
}

static void md_release(md_t *md) {
#if DNNL_VERSION_MAJOR >= 3
    if (*md) dnnl_memory_desc_destroy(*md);
    *md = NULL;
#else
    (void)md;
#endif
}

// The engine is shared and never freed: it lives as long as the program.
static dnnl_engine_t shared_engine;
static int shared_engine_status = dnnl_success;
static pthread_once_t shared_engine_once = PTHREAD_ONCE_INIT;

static void make_shared_engine(void) { shared_engine_status = dnnl_engine_create(&shared_engine, dnnl_cpu, 0); }

static int get_engine(dnnl_engine_t *engine) {
    pthread_once(&shared_engine_once, make_shared_engine);
    *engine = shared_engine;
    return shared_engine_status;
}

// What one batch size needs. Memories without storage of their own are pointed at the caller's pictures.
typedef struct prepared {
    struct prepared *next;
    int64_t batch;
    dnnl_primitive_t convolution, pack_input, unpack_output;
    dnnl_memory_t input, output;                // as the caller lays them out
    dnnl_memory_t packed_input, packed_output;  // as the primitive wants them; NULL where that is the same
    dnnl_memory_t weights;
    int owns_weights;
} prepared;

struct heatlens_linear_map {
    heatlens_convolution_shape shape;
    int is_transposed;
    dnnl_stream_t stream;
    dnnl_memory_t plain_weights;  // only until the first batch size is prepared
    prepared *list;
};

#define TRY(call)                            \
    do {                                     \
        int status_ = (int)(call);           \
        if (status_ != 0) { status = status_; goto done; } \
    } while (0)

static int make_reorder(dnnl_primitive_t *primitive, md_view_t from, md_view_t to, dnnl_engine_t engine) {
    dnnl_primitive_desc_t description = NULL;
    int status = dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, NULL);
    if (status == 0) status = dnnl_primitive_create(primitive, description);
    if (description) dnnl_primitive_desc_destroy(description);
    return status;
}

static int run_reorder(dnnl_primitive_t reorder, dnnl_stream_t stream, dnnl_memory_t from, dnnl_memory_t to) {
    dnnl_exec_arg_t arguments[2] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    return dnnl_primitive_execute(reorder, stream, 2, arguments);
}

static md_view_t view_of_memory(dnnl_memory_t memory) {
    md_view_t view = NULL;
#if DNNL_VERSION_MAJOR >= 3
    dnnl_memory_get_memory_desc(memory, &view);
#else
    dnnl_memory_get_memory_desc(memory, &view);
#endif
    return view;
}

static int describe_convolution(dnnl_primitive_desc_t *description, const heatlens_convolution_shape *s, int is_transposed,
                                md_view_t picture, md_view_t weights, md_view_t result, dnnl_engine_t engine) {
    dnnl_dims_t strides = {s->stride_height, s->stride_width};
    dnnl_dims_t dilations = {s->dilation_height - 1, s->dilation_width - 1};
    dnnl_dims_t before = {s->padding_top, s->padding_left};
    dnnl_dims_t after = {s->padding_bottom, s->padding_right};
#if DNNL_VERSION_MAJOR >= 3
    if (!is_transposed)
        return dnnl_convolution_forward_primitive_desc_create(description, engine, dnnl_forward_inference,
                                                              dnnl_convolution_direct, picture, weights, NULL, result,
                                                              strides, dilations, before, after, NULL);
    dnnl_primitive_desc_t hint = NULL;
    int status = dnnl_convolution_forward_primitive_desc_create(&hint, engine, dnnl_forward_training, dnnl_convolution_direct,
                                                                picture, weights, NULL, result, strides, dilations, before,
                                                                after, NULL);
    if (status == 0)
        status = dnnl_convolution_backward_data_primitive_desc_create(description, engine, dnnl_convolution_direct, picture,
                                                                      weights, result, strides, dilations, before, after,
                                                                      hint, NULL);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return status;
#else
    dnnl_convolution_desc_t forward;
    int status = dnnl_dilated_convolution_forward_desc_init(
        &forward, is_transposed ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct, picture, weights,
        NULL, result, strides, dilations, before, after);
    if (status != 0) return status;
    if (!is_transposed) return dnnl_primitive_desc_create(description, &forward, NULL, engine, NULL);
    dnnl_primitive_desc_t hint = NULL;
    dnnl_convolution_desc_t backward;
    status = dnnl_primitive_desc_create(&hint, &forward, NULL, engine, NULL);
    if (status == 0)
        status = dnnl_dilated_convolution_backward_data_desc_init(&backward, dnnl_convolution_direct, picture, weights, result,
                                                                  strides, dilations, before, after);
    if (status == 0) status = dnnl_primitive_desc_create(description, &backward, NULL, engine, hint);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return status;
#endif
}

static void destroy_prepared(prepared *p) {
    if (p->convolution) dnnl_primitive_destroy(p->convolution);
    if (p->pack_input) dnnl_primitive_destroy(p->pack_input);
    if (p->unpack_output) dnnl_primitive_destroy(p->unpack_output);
    if (p->input) dnnl_memory_destroy(p->input);
    if (p->output) dnnl_memory_destroy(p->output);
    if (p->packed_input) dnnl_memory_destroy(p->packed_input);
    if (p->packed_output) dnnl_memory_destroy(p->packed_output);
    if (p->weights && p->owns_weights) dnnl_memory_destroy(p->weights);
    free(p);
}

// Weights in the form that this primitive wants: those of another batch size if they are the same, packed anew otherwise.
static int provide_weights(heatlens_linear_map *map, prepared *p, md_view_t wanted, dnnl_engine_t engine) {
    for (prepared *other = map->list; other; other = other->next) {
        if (dnnl_memory_desc_equal(view_of_memory(other->weights), wanted)) {
            p->weights = other->weights;
            return 0;
        }
    }
    dnnl_memory_t source = map->list ? map->list->weights : map->plain_weights;
    dnnl_primitive_t reorder = NULL;
    int status = dnnl_memory_create(&p->weights, wanted, engine, DNNL_MEMORY_ALLOCATE);
    p->owns_weights = status == 0;
    if (status == 0) status = make_reorder(&reorder, view_of_memory(source), wanted, engine);
    if (status == 0) status = run_reorder(reorder, map->stream, source, p->weights);
    if (status == 0) status = dnnl_stream_wait(map->stream);
    if (reorder) dnnl_primitive_destroy(reorder);
    return status;
}

static int prepare(heatlens_linear_map *map, int64_t batch, prepared **result) {
    const heatlens_convolution_shape *s = &map->shape;
    int status = 0;
    dnnl_engine_t engine;
    md_t picture_any, result_any, weights_any, plain_input, plain_output;
    memset(&picture_any, 0, sizeof picture_any);
    memset(&result_any, 0, sizeof result_any);
    memset(&weights_any, 0, sizeof weights_any);
    memset(&plain_input, 0, sizeof plain_input);
    memset(&plain_output, 0, sizeof plain_output);
    dnnl_primitive_desc_t description = NULL;
    prepared *p = calloc(1, sizeof *p);
    if (!p) return dnnl_out_of_memory;
    p->batch = batch;

    dnnl_dims_t picture = {batch, s->input_channels, s->input_height, s->input_width};
    dnnl_dims_t outcome = {batch, s->output_channels, s->output_height, s->output_width};
    dnnl_dims_t grouped = {s->groups, s->output_channels / s->groups, s->input_channels / s->groups, s->kernel_height,
                           s->kernel_width};
    TRY(get_engine(&engine));
    TRY(md_init(&picture_any, 4, picture, dnnl_format_tag_any));
    TRY(md_init(&result_any, 4, outcome, dnnl_format_tag_any));
    TRY(md_init(&weights_any, s->groups > 1 ? 5 : 4, s->groups > 1 ? grouped : grouped + 1, dnnl_format_tag_any));
    TRY(md_init(&plain_input, 4, map->is_transposed ? outcome : picture, dnnl_nhwc));
    TRY(md_init(&plain_output, 4, map->is_transposed ? picture : outcome, dnnl_nhwc));
    TRY(describe_convolution(&description, s, map->is_transposed, MD_VIEW(picture_any), MD_VIEW(weights_any),
                             MD_VIEW(result_any), engine));

    md_view_t wanted_input = dnnl_primitive_desc_query_md(description, map->is_transposed ? dnnl_query_diff_dst_md : dnnl_query_src_md, 0);
    md_view_t wanted_output = dnnl_primitive_desc_query_md(description, map->is_transposed ? dnnl_query_diff_src_md : dnnl_query_dst_md, 0);
    md_view_t wanted_weights = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    TRY(dnnl_memory_create(&p->input, MD_VIEW(plain_input), engine, DNNL_MEMORY_NONE));
    TRY(dnnl_memory_create(&p->output, MD_VIEW(plain_output), engine, DNNL_MEMORY_NONE));
    if (!dnnl_memory_desc_equal(wanted_input, MD_VIEW(plain_input))) {
        TRY(dnnl_memory_create(&p->packed_input, wanted_input, engine, DNNL_MEMORY_ALLOCATE));
        TRY(make_reorder(&p->pack_input, MD_VIEW(plain_input), wanted_input, engine));
    }
    if (!dnnl_memory_desc_equal(wanted_output, MD_VIEW(plain_output))) {
        TRY(dnnl_memory_create(&p->packed_output, wanted_output, engine, DNNL_MEMORY_ALLOCATE));
        TRY(make_reorder(&p->unpack_output, wanted_output, MD_VIEW(plain_output), engine));
    }
    TRY(dnnl_primitive_create(&p->convolution, description));
    TRY(provide_weights(map, p, wanted_weights, engine));
    if (map->plain_weights) {
        dnnl_memory_destroy(map->plain_weights);
        map->plain_weights = NULL;
    }
    p->next = map->list;
    map->list = p;
    *result = p;
done:
    if (status != 0) destroy_prepared(p);
    if (description) dnnl_primitive_desc_destroy(description);
    md_release(&picture_any);
    md_release(&result_any);
    md_release(&weights_any);
    md_release(&plain_input);
    md_release(&plain_output);
    return status;
}

int heatlens_linear_map_create(heatlens_linear_map **result, const heatlens_convolution_shape *shape, int is_transposed,
                               const float *weights) {
    int status = 0;
    dnnl_engine_t engine;
    md_t plain;
    memset(&plain, 0, sizeof plain);
    prepared *first;
    heatlens_linear_map *map = calloc(1, sizeof *map);
    if (!map) return dnnl_out_of_memory;
    map->shape = *shape;
    map->is_transposed = is_transposed;
    dnnl_dims_t grouped = {shape->groups, shape->output_channels / shape->groups, shape->input_channels / shape->groups,
                           shape->kernel_height, shape->kernel_width};
    TRY(get_engine(&engine));
    TRY(dnnl_stream_create(&map->stream, engine, dnnl_stream_default_flags));
    if (shape->groups > 1)
        TRY(md_init(&plain, 5, grouped, dnnl_goihw));
    else
        TRY(md_init(&plain, 4, grouped + 1, dnnl_oihw));
    TRY(dnnl_memory_create(&map->plain_weights, MD_VIEW(plain), engine, (void *)weights));
    TRY(prepare(map, 1, &first));  // packs the weights, so that the caller may free its own
done:
    md_release(&plain);
    if (status != 0) {
        heatlens_linear_map_destroy(map);
        map = NULL;
    }
    *result = map;
    return status;
}

void heatlens_linear_map_destroy(heatlens_linear_map *map) {
    if (!map) return;
    for (prepared *p = map->list; p;) {
        prepared *next = p->next;
        destroy_prepared(p);
        p = next;
    }
    if (map->plain_weights) dnnl_memory_destroy(map->plain_weights);
    if (map->stream) dnnl_stream_destroy(map->stream);
    free(map);
}

int heatlens_linear_map_apply(heatlens_linear_map *map, int64_t batch, const float *input, float *output) {
    int status = 0;
    prepared *p = map->list;
    while (p && p->batch != batch) p = p->next;
    if (!p) TRY(prepare(map, batch, &p));
    TRY(dnnl_memory_set_data_handle(p->input, (void *)input));
    TRY(dnnl_memory_set_data_handle(p->output, output));
    if (p->pack_input) TRY(run_reorder(p->pack_input, map->stream, p->input, p->packed_input));
    dnnl_exec_arg_t arguments[3] = {
        {map->is_transposed ? DNNL_ARG_DIFF_DST : DNNL_ARG_SRC, p->pack_input ? p->packed_input : p->input},
        {DNNL_ARG_WEIGHTS, p->weights},
        {map->is_transposed ? DNNL_ARG_DIFF_SRC : DNNL_ARG_DST, p->unpack_output ? p->packed_output : p->output},
    };
    TRY(dnnl_primitive_execute(p->convolution, map->stream, 3, arguments));
    if (p->unpack_output) TRY(run_reorder(p->unpack_output, map->stream, p->packed_output, p->output));
    TRY(dnnl_stream_wait(map->stream));
done:
    return status;
}

int heatlens_matrix_product(int transposed_a, int transposed_b, int64_t rows, int64_t columns, int64_t inner, float alpha,
                            const float *a, int64_t leading_a, const float *b, int64_t leading_b, float beta, float *c,
                            int64_t leading_c) {
    return dnnl_sgemm(transposed_a ? 'T' : 'N', transposed_b ? 'T' : 'N', rows, columns, inner, alpha, a, leading_a, b,
                      leading_b, beta, c, leading_c);
}

// Debian's oneDNN computes on OpenMP's threads, others on TBB's; the runtime that is loaded is asked, so that neither must be linked.
int heatlens_set_thread_count(int count) {
    int (*get)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
    void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (!get || !set || count < 1) return 0;
    int before = get();
    set(count);
    return before;
}
