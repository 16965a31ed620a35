"""The keys of LLaMA-Factory's argument classes (0.9), and those of older transformers releases."""

GROUPS = {
    "model": """
        model_name_or_path adapter_name_or_path adapter_folder cache_dir use_fast_tokenizer
        resize_vocab split_special_tokens add_tokens add_special_tokens
        new_special_tokens_config init_special_tokens model_revision low_cpu_mem_usage
        rope_scaling flash_attn shift_attn mixture_of_depths use_unsloth use_unsloth_gc
        enable_liger_kernel moe_aux_loss_coef disable_gradient_checkpointing
        use_reentrant_gc upcast_layernorm upcast_lmhead_output train_from_scratch
        infer_backend offload_folder use_kv_cache use_v1_kernels infer_dtype hf_hub_token
        ms_hub_token om_hub_token print_param_status trust_remote_code
    """,
    "quantisation": """
        quantization_method quantization_bit quantization_type double_quantization
        quantization_device_map
    """,
    "media": """
        image_max_pixels image_min_pixels image_do_pan_and_scan crop_to_patches
        video_max_pixels video_min_pixels video_fps video_maxlen use_audio_in_video
        audio_sampling_rate
    """,
    "export": """
        export_dir export_size export_device export_quantization_bit
        export_quantization_dataset export_quantization_nsamples export_quantization_maxlen
        export_legacy_format export_hub_model_id
    """,
    "serving": """
        vllm_maxlen vllm_gpu_util vllm_enforce_eager vllm_max_lora_rank vllm_config
        sglang_maxlen sglang_mem_fraction sglang_tp_size sglang_config sglang_lora_backend
    """,
    "ktransformers": """
        use_kt kt_optimize_rule cpu_infer chunk_size mode kt_maxlen kt_use_cuda_graph
        kt_mode kt_force_think
    """,
    "data": """
        template dataset eval_dataset dataset_dir media_dir cutoff_len train_on_prompt
        mask_history streaming buffer_size mix_strategy interleave_probs overwrite_cache
        preprocessing_batch_size preprocessing_num_workers max_samples eval_num_beams
        ignore_pad_token_for_loss val_size eval_on_each_dataset packing neat_packing
        tool_format default_system enable_thinking preserve_thinking tokenized_path
        data_shared_file_system
    """,
    "adapters": """
        freeze_trainable_layers freeze_trainable_modules freeze_extra_modules
        additional_target lora_alpha lora_dropout lora_rank lora_target loraplus_lr_ratio
        loraplus_lr_embedding use_rslora use_dora pissa_init pissa_iter pissa_convert
        create_new_adapter module_dropout oft_rank oft_block_size oft_target
    """,
    "preferences": """
        pref_beta pref_ftx pref_bco_weight pref_loss dpo_label_smoothing kto_chosen_weight
        kto_rejected_weight simpo_gamma ppo_buffer_size ppo_epochs ppo_score_norm ppo_target
        ppo_whiten_rewards ref_model ref_model_adapters ref_model_quantization_bit
        reward_model reward_model_adapters reward_model_quantization_bit reward_model_type
        ld_alpha
    """,
    "optimisers": """
        use_galore galore_target galore_rank galore_update_interval galore_scale
        galore_proj_type galore_layerwise use_apollo apollo_target apollo_rank
        apollo_update_interval apollo_scale apollo_proj apollo_proj_type apollo_scale_type
        apollo_layerwise apollo_scale_front use_badam badam_mode badam_start_block
        badam_switch_mode badam_switch_interval badam_update_ratio badam_mask_mode
        badam_verbose
    """,
    "swanlab": """
        use_swanlab swanlab_project swanlab_workspace swanlab_run_name swanlab_mode
        swanlab_api_key swanlab_logdir swanlab_lark_webhook_url swanlab_lark_secret
    """,
    "finetuning": """
        pure_bf16 stage finetuning_type use_llama_pro use_adam_mini use_mca use_muon
        use_dft_loss use_asft_loss asft_alpha use_eaft_loss eaft_alpha freeze_vision_tower
        freeze_multi_modal_projector freeze_language_model train_mm_proj_only
        compute_accuracy disable_shuffling early_stopping_steps plot_loss
        include_effective_tokens_per_second
    """,
    "generating": """
        do_sample temperature top_p top_k num_beams max_length max_new_tokens
        repetition_penalty length_penalty skip_special_tokens
    """,
    "evaluation": """
        task task_dir batch_size seed lang n_shot save_dir download_mode
    """,
    "seq2seq": """
        sortish_sampler predict_with_generate generation_max_length generation_num_beams
        generation_config
    """,
    "ray": """
        ray_run_name ray_storage_path ray_storage_filesystem ray_num_workers
        resources_per_worker placement_strategy ray_init_kwargs fp8 fp8_backend
        fp8_enable_fsdp_float8_all_gather master_addr master_port
    """,
    "training": """
        evaluation_strategy no_cuda use_mps_device fp16_opt_level half_precision_backend
        group_by_length length_column_name past_index save_safetensors fsdp fsdp_config
        fsdp_min_num_params fsdp_transformer_layer_cls_to_wrap torchdynamo dispatch_batches
        split_batches include_inputs_for_metrics jit_mode_eval use_ipex mp_parameters
        tpu_num_cores tpu_metrics_debug use_legacy_prediction_loop include_tokens_per_second
        eval_use_gather_object push_to_hub_model_id push_to_hub_organization
        push_to_hub_token per_gpu_train_batch_size per_gpu_eval_batch_size
        auto_find_batch_size torch_compile torch_compile_backend torch_compile_mode
        warmup_ratio warmup_steps do_train do_eval do_predict output_dir deepspeed report_to
        bf16 fp16 ddp_timeout
    """,
}
LLAMA_FACTORY = [name for names in GROUPS.values() for name in names.split()]
