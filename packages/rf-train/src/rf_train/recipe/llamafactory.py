"""Keys of LLaMA-Factory 0.9 that rf-train has no use for, so that each is named for what it is.

Its recipes take its own keys and those of `transformers.TrainingArguments`, of older releases too.
What becomes of every key: docs/llamafactory-keys.md, made from this module.
"""

from collections.abc import Mapping
from typing import Any

# Keys a recipe may carry that change nothing here: read, and named when read.
WITHOUT_EFFECT = {
    "overwrite_cache": "cached tokens are those of the same data, tokenizer and template",
    "overwrite_output_dir": "use --force",
    "preprocessing_num_workers": "one tokeniser call uses all cores",
    "dataloader_num_workers": "batches are cut in microseconds",
    "plot_loss": "rf-figs draws the loss",
    "ddp_timeout": "torchrun's default serves",
    "logging_first_step": "the first logged step is logging_steps",
    "save_only_model": "checkpoints are always complete",
    "eval_strategy": "validation samples are evaluated whenever there are any",
    "per_device_eval_batch_size": "evaluation is cut by memory",
    "remove_unused_columns": "only messages are read",
    "include_num_input_tokens_seen": "tokens are always counted",
    "do_eval": "validation samples are evaluated whenever there are any",
    "save_strategy": "save_steps says when",
    "logging_strategy": "logging_steps says when",
    "enable_thinking": "template says so",
    "use_fast_tokenizer": "tokenizers are always the fast ones",
    "low_cpu_mem_usage": "weights are always loaded one by one",
    "cache_dir": "HF_HOME says where downloads go",
    "preprocessing_batch_size": "one tokeniser call uses all cores",
    "data_shared_file_system": "processes with one cache folder tokenise the data once",
    "run_name": "output_dir names the run",
    "disable_tqdm": "the bar shows on terminals only",
    "log_level": "errors are always shown",
    "log_level_replica": "only the first process speaks",
    "log_on_each_node": "only the first process speaks",
    "logging_nan_inf_filter": "a NaN loss ends the run",
    "save_on_each_node": "only the first process writes",
    "dataloader_pin_memory": "batches are cut in microseconds",
    "dataloader_persistent_workers": "batches are cut in microseconds",
    "dataloader_prefetch_factor": "batches are cut in microseconds",
    "ddp_find_unused_parameters": "every trained weight is used in every step",
    "ddp_bucket_cap_mb": "torchrun's default serves",
    "ddp_broadcast_buffers": "torchrun's default serves",
    "ddp_backend": "the device says which",
    "local_rank": "torchrun says it",
    "use_reentrant_gc": "recomputing is never reentrant",
    "include_effective_tokens_per_second": "tokens are always counted",
    "prediction_loss_only": "evaluation computes the loss",
    "eval_accumulation_steps": "evaluation is cut by memory",
    "ignore_data_skip": "a resumed run skips nothing",
    "skip_memory_metrics": "memory is not measured",
    "logging_dir": "output_dir holds the log",
    "neat_packing": "packed samples never see each other",
    "metric_for_best_model": "the best checkpoint is that of the least validation loss",
    "save_safetensors": "pickles are never written",
    "past_index": "nothing is kept from batch to batch",
    "half_precision_backend": "bf16 is computed by torch itself",
    "include_tokens_per_second": "tokens are always counted",
    "per_gpu_eval_batch_size": "evaluation is cut by memory",
    "evaluation_strategy": "validation samples are evaluated whenever there are any",
    "tpu_metrics_debug": "there is no TPU",
    "use_legacy_prediction_loop": "evaluation computes the loss",
}


def _by_steps(value: Any, _: Mapping[str, Any]) -> str | None:
    """Anything but `steps` and `no` (which YAML reads as false)."""
    known = value in ("steps", "no") or value is False
    return None if known else f"{value!r} is not offered, only steps (and how many: *_steps)"


def _packs(value: Any, content: Mapping[str, Any]) -> str | None:
    """True beside `packing: false` or `cut: plain`."""
    if value is True and content.get("packing") is False:
        return "asks for packing, but packing is false"
    return (
        "a plain cut lays nothing end to end" if value and content.get("cut") == "plain" else None
    )


def _thinks(value: Any, content: Mapping[str, Any]) -> str | None:
    """True beside `template: qwen3`, the one template of a model that thinks."""
    if value is True and content.get("template") == "qwen3":
        return "template qwen3 is trained and asked with thinking switched off; expected false"
    return None


def _least_loss(value: Any, _: Mapping[str, Any]) -> str | None:
    """Anything but `loss` and `eval_loss`."""
    return None if value in ("loss", "eval_loss") else f"{value!r} is not measured, only eval_loss"


def _safetensors(value: Any, _: Mapping[str, Any]) -> str | None:
    """False."""
    return None if value is True else "only safetensors are written"


# Values of keys without effect that would have one, and the reason for refusing them.
UNLESS = {
    "eval_strategy": _by_steps,
    "evaluation_strategy": _by_steps,
    "save_strategy": _by_steps,
    "logging_strategy": _by_steps,
    "neat_packing": _packs,
    "enable_thinking": _thinks,
    "metric_for_best_model": _least_loss,
    "save_safetensors": _safetensors,
}

# Keys that would change the training, or that belong to another task, and are not offered.
UNSUPPORTED = frozenset(
    """
    accelerator_config activation_checkpointing activation_checkpointing_kwargs adapter_folder
    add_special_tokens add_tokens additional_target apollo_layerwise apollo_proj
    apollo_proj_type apollo_rank apollo_scale apollo_scale_front apollo_scale_type
    apollo_target apollo_update_interval asft_alpha audio_sampling_rate auto_find_batch_size
    average_tokens_across_devices badam_mask_mode badam_mode badam_start_block
    badam_switch_interval badam_switch_mode badam_update_ratio badam_verbose
    batch_eval_metrics batch_size bf16_full_eval block_diag_attn buffer_size compute_accuracy
    create_new_adapter crop_to_patches dataloader_drop_last dataloader_in_order
    dataloader_multiprocessing_context ddp_static_graph debug deepspeed
    default_system device_map disable_gradient_checkpointing disable_shuffling do_predict
    do_sample download_mode dpo_label_smoothing eaft_alpha enable_jit_checkpoint
    enable_liger_kernel enable_torch_profiler eval_delay eval_do_concat_batches eval_num_beams
    eval_on_each_dataset eval_on_start eval_use_gather_object export_device export_dir
    export_hub_model_id export_legacy_format export_quantization_bit
    export_quantization_dataset export_quantization_maxlen export_quantization_nsamples
    export_size fp16 fp16_full_eval fp8 fp8_backend fp8_enable_fsdp_float8_all_gather
    freeze_extra_modules freeze_language_model freeze_multi_modal_projector
    freeze_trainable_layers freeze_trainable_modules freeze_vision_tower fsdp_config
    full_determinism galore_layerwise galore_proj_type galore_rank galore_scale galore_target
    galore_update_interval gradient_checkpointing_kwargs greater_is_better hf_hub_token
    hub_always_push hub_model_id hub_private_repo hub_revision hub_strategy hub_token
    hyper_parallel_args ignore_pad_token_for_loss image_do_pan_and_scan image_max_pixels
    image_min_pixels include_for_metrics infer_backend infer_dtype init_special_tokens
    interleave_probs kt_expert_checkpoint_path kt_lora_expert_intermediate_size
    kt_lora_expert_num kt_use_lora_experts kt_weight_path kto_chosen_weight
    kto_rejected_weight label_names label_smoothing_factor lang ld_alpha length_column_name
    length_penalty liger_kernel_config loftq_config lora_bias loraplus_lr_embedding
    loraplus_lr_ratio lr_scheduler_kwargs master_addr master_port max_length max_new_tokens
    media_dir mix_strategy mixture_of_depths model_max_length
    model_revision module_dropout modules_to_save moe_aux_loss_coef ms_hub_token n_shot
    new_special_tokens_config num_beams offload_folder
    oft_block_size oft_rank oft_target om_hub_token optim_args optim_target_modules
    parallelism_config pissa_convert pissa_init pissa_iter ppo_buffer_size ppo_epochs
    ppo_score_norm ppo_target ppo_whiten_rewards pref_bco_weight pref_beta pref_ftx pref_loss
    preserve_thinking print_param_status profile_modules profiler_active_steps
    profiler_output_dir profiler_profile_memory profiler_record_shapes profiler_repeat
    profiler_wait_steps profiler_warmup_steps profiler_with_stack project pure_bf16
    push_to_hub quantization_device_map ray_init_kwargs ray_num_workers ref_model
    ref_model_adapters ref_model_quantization_bit repetition_penalty resize_vocab
    restore_callback_states_from_checkpoint resume_from_checkpoint reward_model
    reward_model_adapters reward_model_quantization_bit reward_model_type rope_scaling
    save_dir sglang_config sglang_lora_backend sglang_maxlen sglang_mem_fraction
    sglang_tp_size shift_attn simpo_gamma skip_special_tokens split_special_tokens streaming
    swanlab_api_key swanlab_lark_secret swanlab_lark_webhook_url swanlab_logdir swanlab_mode
    swanlab_project swanlab_run_name swanlab_workspace task task_dir temperature tf32
    tokenized_path tool_format top_k top_p torch_compile_backend torch_compile_mode
    torch_empty_cache_steps trackio_bucket_id trackio_space_id trackio_static_space_id
    train_from_scratch train_on_prompt train_sampling_strategy upcast_layernorm
    upcast_lmhead_output use_adam_mini use_apollo use_asft_loss use_audio_in_video use_badam
    use_cache use_dft_loss use_dora use_eaft_loss use_galore use_hyper_parallel use_kt
    use_kv_cache use_liger_kernel use_llama_pro use_mca use_muon use_swanlab use_unsloth
    use_unsloth_gc use_v1_kernels video_fps video_max_pixels video_maxlen video_min_pixels
    vllm_config vllm_enforce_eager vllm_gpu_util vllm_max_lora_rank vllm_maxlen
    kt_optimize_rule cpu_infer chunk_size mode kt_maxlen kt_use_cuda_graph kt_mode kt_force_think
    train_mm_proj_only sortish_sampler predict_with_generate generation_max_length
    generation_num_beams generation_config ray_run_name ray_storage_path
    ray_storage_filesystem resources_per_worker placement_strategy no_cuda use_mps_device
    fp16_opt_level group_by_length fsdp_min_num_params fsdp_transformer_layer_cls_to_wrap
    torchdynamo dispatch_batches split_batches include_inputs_for_metrics jit_mode_eval
    use_ipex mp_parameters tpu_num_cores push_to_hub_model_id push_to_hub_organization
    push_to_hub_token per_gpu_train_batch_size
    """.split()
)

UNSUPPORTED_REASON = "a key of LLaMA-Factory that rf-train does not support"
_INSTEAD = {
    "resume_from_checkpoint": "say --resume on the command line",
    "disable_gradient_checkpointing": "say gradient_checkpointing: false",
    "deepspeed": "fsdp: full_shard divides the weights",
    "fp16": "bf16 is what there is",
    "pure_bf16": "bf16 is what there is",
    "no_cuda": "say use_cpu",
    "per_gpu_train_batch_size": "say per_device_train_batch_size",
    "train_mm_proj_only": "only decoder blocks are trained",
}
REFUSED = {
    name: UNSUPPORTED_REASON + (f"; {_INSTEAD[name]}" if name in _INSTEAD else "")
    for name in UNSUPPORTED
}

# Values of them that ask for nothing: what happens here anyway. Where nothing is said: false.
_ANY_SWITCH = (True, False)
NEUTRAL: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(UNSUPPORTED, (False,)),
    # true where nothing is said, and true here
    **dict.fromkeys(
        "average_tokens_across_devices dataloader_in_order freeze_multi_modal_projector "
        "freeze_vision_tower ignore_pad_token_for_loss".split(),
        (True,),
    ),
    # of the way predictions are made, or of a profiler, which a training does not use
    **dict.fromkeys(
        "do_sample eval_do_concat_batches skip_special_tokens use_kv_cache profiler_profile_memory "
        "profiler_record_shapes profiler_with_stack".split(),
        _ANY_SWITCH,
    ),
    **dict.fromkeys("num_beams eval_num_beams generation_num_beams".split(), (1,)),
    **dict.fromkeys("repetition_penalty length_penalty".split(), (1, 1.0)),
    **dict.fromkeys("label_smoothing_factor moe_aux_loss_coef eval_delay".split(), (0, 0.0)),
    **dict.fromkeys("lr_scheduler_kwargs gradient_checkpointing_kwargs".split(), ({},)),
    **dict.fromkeys("optim_args default_system additional_target debug".split(), ("",)),
    "mix_strategy": ("concat",),
}
